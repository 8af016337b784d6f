/** Who set which field: keeps managedFields current on ordinary writes. */
import { shareMembers, trackUpdate } from "#pkg/apimachinery/apply/index.ts";
import { shallowCopy } from "#pkg/apimachinery/emptied.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WriteRequest } from "./request.ts";
import { withOtherVersions } from "./versions.ts";

type Members = Record<string, unknown>;

/**
 * Records the fields that this write sets. What the endpoint will put back anyway (status on the object itself,
 * everything else on /status) is not the client's. Waits only where somebody else converts between versions.
 */
export function trackFields(
  write: WriteRequest,
  next: KubeObject,
  live: Readonly<KubeObject> | undefined,
): void | Promise<void> {
  const { resource, subresource, manager, services } = write;
  if (manager === undefined) {
    // The server's own changes are nobody's: entries stay as they are.
    const kept = live?.metadata.managedFields;
    if (kept) next.metadata.managedFields = kept;
    return;
  }
  // Ownership is told in the version in which the client wrote.
  const served = (object: KubeObject): KubeObject => resource.conversion?.toServed(object) ?? object;
  const states = { live: live && served(live as KubeObject), next: served(effective(write, next, live)) };
  const now = new Date(services.clock.now());
  const { apiVersion, applied: kind } = resource;
  const replicas = subresource === "scale" ? replicasOf(resource).map((name) => `f:${name}`) : undefined;
  const managed = withOtherVersions(services.table, resource, (versionOf) =>
    trackUpdate({ ...states, manager, apiVersion, subresource, now, kind, versionOf, replicas }),
  );
  if (managed instanceof Promise) return managed.then((entries) => setManaged(next, entries));
  setManaged(next, managed);
}

const replicasOf = ({ custom }: WriteRequest["resource"]): readonly string[] =>
  custom?.scale?.spec ?? ["spec", "replicas"];

function setManaged({ metadata }: KubeObject, entries: KubeObject["metadata"]["managedFields"]): void {
  if (entries) metadata.managedFields = entries;
  else delete metadata.managedFields;
}

/** `next` as this endpoint will leave it. What it does not change is the live object's own: the same is not compared again. */
function effective(write: WriteRequest, next: KubeObject, live: Readonly<KubeObject> | undefined): KubeObject {
  const view = viewOf(write, next, live);
  if (live) shareMembers(view, live);
  return view;
}

function viewOf(
  { resource, subresource }: WriteRequest,
  next: KubeObject,
  live: Readonly<KubeObject> | undefined,
): KubeObject {
  const metadata = { ...next.metadata };
  if (subresource === "") {
    const view = shallowCopy(next) as unknown as Members;
    view["metadata"] = metadata;
    if (resource.keepsStatus) keepLive(view, live, "status");
    for (const member of resource.strategy.unowned ?? []) keepLive(view, live, member);
    return view as unknown as KubeObject;
  }
  if (subresource === "status" && live) {
    const view: Members = { ...live, metadata };
    const status = (next as unknown as Members)["status"];
    if (status === undefined) delete view["status"];
    else view["status"] = status;
    return view as unknown as KubeObject;
  }
  const view: Members = { ...next, metadata };
  if (subresource === "finalize") keepLive(view, live, "status");
  return view as unknown as KubeObject;
}

function keepLive(view: Members, live: Readonly<KubeObject> | undefined, member: string): void {
  const kept = live && (live as unknown as Members)[member];
  if (kept === undefined) delete view[member];
  else view[member] = kept;
}
