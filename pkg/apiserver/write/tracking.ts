/** Who set which field: keeps managedFields current on ordinary writes. */
import { trackUpdate } from "#pkg/apimachinery/apply/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WriteRequest } from "./request.ts";
import { otherVersions } from "./versions.ts";

type Members = Record<string, unknown>;

/**
 * Records the fields that this write sets. What the endpoint will put back anyway (status on the object itself,
 * everything else on /status) is not the client's.
 */
export function trackFields(write: WriteRequest, next: KubeObject, live: Readonly<KubeObject> | undefined): void {
  const { resource, subresource, manager } = write;
  if (manager === undefined) {
    // The server's own changes are nobody's: entries stay as they are.
    const kept = live?.metadata.managedFields;
    if (kept) next.metadata.managedFields = kept;
    return;
  }
  // Ownership is told in the version in which the client wrote.
  const served = (object: KubeObject): KubeObject => resource.conversion?.toServed(object) ?? object;
  const managed = trackUpdate({
    live: live && served(live as KubeObject),
    next: served(effective(write, next, live)),
    manager,
    apiVersion: resource.apiVersion,
    subresource,
    now: new Date(write.services.clock.now()),
    kind: resource.applied,
    versionOf: otherVersions(write.services.table, resource),
  });
  if (managed) next.metadata.managedFields = managed;
  else delete next.metadata.managedFields;
}

function effective(
  { resource, subresource }: WriteRequest,
  next: KubeObject,
  live: Readonly<KubeObject> | undefined,
): KubeObject {
  const metadata = { ...next.metadata };
  if (subresource === "") {
    const view: Members = { ...next, metadata };
    if (resource.hasStatus) keepLive(view, live, "status");
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
  return { ...next, metadata };
}

function keepLive(view: Members, live: Readonly<KubeObject> | undefined, member: string): void {
  const kept = live && (live as unknown as Members)[member];
  if (kept === undefined) delete view[member];
  else view[member] = kept;
}
