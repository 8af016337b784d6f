/** Who set which field: keeps managedFields current on ordinary writes. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { apply } from "../pieces.ts";
import type { WriteRequest } from "./request.ts";

type Members = Record<string, unknown>;

/**
 * Records the fields that this write sets. What the endpoint will put back anyway (status on the object itself,
 * everything else on /status) is not the client's.
 */
export function trackFields(write: WriteRequest, next: KubeObject, live: Readonly<KubeObject> | undefined): void {
  const { resource, subresource, manager } = write;
  if (manager === undefined || !apply) return;
  const view = effective(write, next, live);
  apply.trackUpdate({
    ...(live ? { live: live as KubeObject } : {}),
    next: view,
    manager,
    apiVersion: resource.apiVersion,
    subresource,
    now: new Date(write.services.clock.now()),
    type: resource.storedDef.type,
  });
  const managed = view.metadata.managedFields;
  if (managed) next.metadata.managedFields = managed;
  else delete next.metadata.managedFields;
}

function effective(
  { resource, subresource }: WriteRequest,
  next: KubeObject,
  live: Readonly<KubeObject> | undefined,
): KubeObject {
  const metadata = { ...next.metadata };
  if (subresource === "" && resource.hasStatus) {
    const view: Members = { ...next, metadata };
    delete view["status"];
    const status = live && (live as unknown as Members)["status"];
    if (status !== undefined) view["status"] = status;
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
