/** Server-side apply of a status by the server itself: its fields are its own, whoever had them. */
import { applyServerSide } from "#pkg/apimachinery/apply/index.ts";
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WriteRequest } from "./request.ts";
import { updateObject } from "./update.ts";
import { withOtherVersions } from "./versions.ts";

/** Of a built-in resource. `write` names the manager. Throws what an update throws. */
export async function applyStatus(write: WriteRequest & { readonly manager: string }, status: object): Promise<void> {
  const { resource, services, manager, name } = write;
  const { apiVersion, def } = resource;
  const config = { apiVersion, kind: def.kind, metadata: { name }, status } as KubeObject;
  const change = async (live: Readonly<KubeObject>): Promise<KubeObject> => {
    const next = await withOtherVersions(services.table, resource, (versionOf) =>
      applyServerSide({
        live,
        config,
        manager,
        force: true,
        apiVersion,
        subresource: "status",
        unowned: ["spec"],
        now: new Date(services.clock.now()),
        kind: resource.applied,
        versionOf,
      }),
    );
    if (sameJson(next, live)) return cloneJson(live) as KubeObject;
    return { kind: def.kind, apiVersion, ...normalize(next, def.type) } as KubeObject;
  };
  await updateObject({ ...write, subresource: "status" }, change, { tracked: true, isPatch: true });
}
