/** The objects of a definition that goes: all are deleted, whether their version is served or not, page by page. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ReadAt } from "#pkg/storage/types.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ServerServices } from "../services.ts";
import { deleteObject } from "../write/delete.ts";
import { systemWrite } from "./system-write.ts";

/** Objects that are looked at, and deletions that run, at a time. */
const pageItems = 500;
const parallelDeletions = 16;

/**
 * Asks for the deletion of every object that has not been asked to go. Returns whether none is left. Rejects with the first
 * refusal, after all others were tried.
 */
export async function deleteInstances(services: ServerServices, resource: ServedResource): Promise<boolean> {
  const { store } = resource;
  const prefix = resource.prefixOf("");
  let at: ReadAt = { kind: "latest" };
  let after: string | undefined;
  let refusal: unknown;
  do {
    const page = await store.list({ prefix, at, limit: pageItems, ...(after === undefined ? {} : { after }) });
    const queue = page.items.filter(({ object }) => !object.metadata.deletionTimestamp).values();
    const worker = async (): Promise<void> => {
      for (const { object } of queue) {
        const { namespace = "", name = "" } = object.metadata;
        await deleteObject(systemWrite(services, resource, { namespace, name }), {}).catch((error: unknown) => {
          // Gone already is as good as deleted.
          if (!(error instanceof StatusError && error.reason === "NotFound")) refusal ??= error;
        });
      }
    };
    await Promise.all(Array.from({ length: parallelDeletions }, worker));
    after = page.continueAfter;
    at = { kind: "exact", revision: page.revision };
  } while (after !== undefined && !services.stopping.aborted);
  if (refusal !== undefined) throw refusal;
  const left = await store.list({ prefix, at: { kind: "latest" }, limit: 1 });
  return left.items.length === 0;
}
