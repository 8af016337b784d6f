/** The objects without which a cluster is none: namespaces, policies, priorities. Made at start, kept complete after. */

import { schema } from "#api/index.ts";
import type { PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ServerServices } from "../services.ts";
import { createObject } from "../write/create.ts";
import type { WriteRequest } from "../write/request.ts";
import { updateObject } from "../write/update.ts";
import objects from "./objects.json" with { type: "json" };
import { reconcileObject } from "./reconcile.ts";

const systemUser = { name: "system:apiserver", groups: ["system:masters"] };

/** What others refer to comes first. */
const order = [
  "namespaces",
  "priorityclasses",
  "clusterroles",
  "clusterrolebindings",
  "roles",
  "rolebindings",
  "prioritylevelconfigurations",
  "flowschemas",
  "apiservices",
] as const;

const parallelWrites = 16;

const flowManager = "api-priority-and-fairness-config-producer-v1";
/** In whose name the fields of some are owned. */
const managers: ReadonlyMap<string, string> = new Map([
  ["prioritylevelconfigurations", flowManager],
  ["flowschemas", flowManager],
]);

/** The rules that a cluster role has when a cluster begins. */
export function bootstrapRules(role: string): readonly PolicyRule[] {
  const found = objects.clusterroles.find(({ metadata }) => metadata.name === role);
  if (!found?.rules) throw new Error(`no bootstrap role ${role}`);
  return found.rules as PolicyRule[];
}

/** All that the server makes of a resource. */
export const bootstrapObjects = (plural: string): readonly KubeObject[] =>
  (objects as unknown as Record<string, KubeObject[]>)[plural] ?? [];

export function writeFor(services: ServerServices, plural: string, object: KubeObject): WriteRequest {
  const def = schema.resources.find((r) => r.plural === plural && r.verbs.includes("create"));
  if (!def) throw new Error(`no API resource ${plural}`);
  return {
    services,
    resource: services.table.ensure(def.group, def.version, plural),
    subresource: "",
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name ?? "",
    user: systemUser,
    dryRun: false,
    manager: managers.get(plural) ?? "kube-apiserver",
    warn: () => {},
  };
}

/** Throws when storage refuses; another server doing the same at the same time is no failure. */
export async function bootstrap(services: ServerServices, log: Logger): Promise<void> {
  let written = 0;
  for (const plural of order) {
    const queue = bootstrapObjects(plural).values();
    const worker = async (): Promise<void> => {
      for (const object of queue) if (await ensureObject(services, plural, object)) written++;
    };
    await Promise.all(Array.from({ length: parallelWrites }, worker));
  }
  log.info({ written }, "bootstrap objects were reconciled");
}

/** Whether anything was written. */
export async function ensureObject(services: ServerServices, plural: string, wanted: KubeObject): Promise<boolean> {
  const write = writeFor(services, plural, wanted);
  const { resource } = write;
  const stored = await resource.store.get(resource.keyOf(write.namespace, write.name), { kind: "any" });
  if (!stored) {
    const object = { kind: resource.def.kind, apiVersion: resource.apiVersion, ...cloneJson(wanted) };
    return createObject({ ...write, name: "" }, object).then(
      () => true,
      (error: unknown) => {
        if (error instanceof StatusError && error.reason === "AlreadyExists") return false;
        throw error;
      },
    );
  }
  const next = reconcileObject(plural, stored.object, wanted);
  if (!next || sameJson(next, stored.object)) return false;
  await updateObject(write, (current) => reconcileObject(plural, current, wanted) ?? cloneJson(current as KubeObject));
  return true;
}
