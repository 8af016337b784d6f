/** What is said to whoever labels a namespace. */
import { resources } from "#api/gen/resources.ts";
import type { Namespace } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { invalidObject } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import type { AdmissionRequest } from "../plugin.ts";
import type { Exemptions } from "./exemptions.ts";
import { warningsOfExisting } from "./existing-pods.ts";
import { isStricter, type LevelVersion, printLevel } from "./levels.ts";
import { isPrivileged, modes, type NamespacePolicy, type Policies, parsePolicy, samePolicy, saysOf } from "./policy.ts";

export interface NamespaceServices {
  readonly policies: Policies;
  readonly exemptions: Exemptions;
  readonly reader: ObjectReader;
  readonly clock: Clock;
}

/** Throws 422 for labels that say nothing valid, unless they said the same before. */
export async function validateNamespace(request: AdmissionRequest, services: NamespaceServices): Promise<void> {
  const { policies } = services;
  // Not remembered: the object may still change.
  const next = parsePolicy(request.object?.metadata.labels ?? {}, policies.defaults);
  const old = request.operation === "UPDATE" ? policies.of(request.old?.metadata.labels) : undefined;
  if (next.errors.length > 0 && !(old && sameJson(next.errors, old.errors))) {
    throw invalidObject(request.resource.storedDef, request.name, next.errors);
  }
  if (old && !isTightened(next.enforce, old.enforce)) return;
  const warnings = services.exemptions.namespaces.has(request.name)
    ? exemptWarnings(request.object as Namespace, next, policies)
    : old
      ? await existingWarnings(request, next, services)
      : [];
  for (const text of warnings) request.warn(text);
}

/** Whether pods that were allowed may not be any more. Another version of the same level may forbid other things. */
function isTightened(next: LevelVersion, old: LevelVersion): boolean {
  if (next.level === "privileged") return false;
  return next.version !== old.version || isStricter(next.level, old.level);
}

async function existingWarnings(
  { name: namespace, client }: AdmissionRequest,
  { enforce }: NamespacePolicy,
  { reader, exemptions, clock }: NamespaceServices,
): Promise<string[]> {
  const signal = client?.();
  // Nobody is kept from labelling a namespace because its pods cannot be read.
  const pods = await reader.scan(resources.pods, namespace).catch(() => undefined);
  if (!pods) return ["failed to list pods while checking new PodSecurity enforce level"];
  return warningsOfExisting({
    namespace,
    pods,
    enforce,
    exemptions,
    now: () => clock.now(),
    isGone: () => signal?.aborted ?? false,
  });
}

/** The labels of an exempt namespace do nothing. */
function exemptWarnings({ metadata }: Namespace, policy: NamespacePolicy, { defaults }: Policies): string[] {
  if (isPrivileged(policy) || samePolicy(policy, defaults)) return [];
  const labels = metadata.labels ?? {};
  const ignored = modes
    .filter((mode) => policy[mode].level !== "privileged" && saysOf(labels, mode))
    .map((mode) => `${mode}=${printLevel(policy[mode])}`);
  const name = JSON.stringify(metadata.name);
  return [`namespace ${name} is exempt from Pod Security, and the policy (${ignored.join(", ")}) will be ignored`];
}
