/** Keeps the FlowSchemas and PriorityLevelConfigurations that the server has made, for as long as it runs. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ServerServices } from "../services.ts";
import { deleteObject } from "../write/delete.ts";
import { bootstrapObjects, ensureObject, writeFor } from "./bootstrap.ts";
import { autoUpdates } from "./revise-flow-object.ts";

const everyMs = 60_000;

const plurals = ["prioritylevelconfigurations", "flowschemas"];

/** Returns at once; ends when the server stops. */
export function keepFlowObjects(services: ServerServices): void {
  const { clock, log, stopping } = services;
  const keep = async (): Promise<void> => {
    while (!stopping.aborted) {
      await ensureFlowObjects(services).catch((err: unknown) => {
        if (!stopping.aborted) log.warn({ err }, "flow schemas and priority levels were not looked after");
      });
      await clock.sleep(everyMs, stopping).catch(() => undefined);
    }
  };
  void keep();
}

/** Once. Throws when storage refuses. */
export async function ensureFlowObjects(services: ServerServices): Promise<void> {
  for (const plural of plurals) {
    for (const object of bootstrapObjects(plural)) {
      // Somebody else is at it: the next time will do.
      await unless("Conflict", ensureObject(services, plural, object));
    }
  }
  for (const plural of plurals.toReversed()) await removeUnwanted(services, plural);
}

/** What an earlier version of the server made, and nobody has taken over. */
async function removeUnwanted(services: ServerServices, plural: string): Promise<void> {
  const wanted = new Set(bootstrapObjects(plural).map(({ metadata }) => metadata.name));
  const { resource } = writeFor(services, plural, { metadata: {} } as KubeObject);
  const { items } = await resource.store.list({ prefix: resource.prefixOf(""), at: { kind: "any" } });
  for (const { object } of items) {
    if (wanted.has(object.metadata.name) || autoUpdates(object) !== true) continue;
    await unless("NotFound", deleteObject(writeFor(services, plural, object), {}));
  }
}

async function unless(reason: StatusError["reason"], write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === reason)) throw error;
  }
}
