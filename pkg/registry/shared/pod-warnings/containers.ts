/** What clients are told about the containers of a pod. */
import type { Container, PodSpec } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";

export interface PodView {
  readonly spec: PodSpec;
  readonly metadata: ObjectMeta;
  /** Of paths: empty, or ending with a dot. */
  readonly prefix: string;
  readonly isTemplate: boolean;
}

export interface PlacedContainer {
  readonly path: string;
  readonly container: Container;
}

/** All containers of a pod with their paths, in the order in which upstream looks at them. */
export function containersOf(path: string, spec: PodSpec): PlacedContainer[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    ((spec[list] ?? []) as Container[]).map((container, at) => ({ path: `${path}.${list}[${at}]`, container })),
  );
}

export const containersWarnings = (path: string, pod: PodView): string[] =>
  containersOf(path, pod.spec).flatMap((placed) => [
    ...profileWarnings(placed, pod),
    ...fractionWarnings(`${placed.path}.resources.limits`, placed.container.resources?.limits, "memory"),
    ...fractionWarnings(`${placed.path}.resources.requests`, placed.container.resources?.requests, "memory"),
    ...fractionWarnings(`${placed.path}.resources.limits`, placed.container.resources?.limits, "ephemeral-storage"),
    ...fractionWarnings(`${placed.path}.resources.requests`, placed.container.resources?.requests, "ephemeral-storage"),
    ...variableWarnings(placed),
  ]);

/** Annotations that became fields. */
function profileWarnings({ container: { name, securityContext } }: PlacedContainer, pod: PodView): string[] {
  const { metadata, prefix, isTemplate, spec } = pod;
  const path = `${prefix}metadata.annotations`;
  const has = (key: string): boolean => Object.hasOwn(metadata.annotations ?? {}, key);
  const warnings: string[] = [];
  const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`;
  if (!securityContext?.seccompProfile && has(seccomp)) {
    warnings.push(`${path}[${seccomp}]: non-functional in v1.27+; use the "seccompProfile" field instead`);
  }
  const appArmor = `container.apparmor.security.beta.kubernetes.io/${name}`;
  if (isTemplate && !securityContext?.appArmorProfile && has(appArmor)) {
    const said = metadata.annotations?.[appArmor] ?? "";
    if (said !== annotationOf(spec.securityContext?.appArmorProfile)) {
      warnings.push(`${path}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
    }
  }
  return warnings;
}

/** The annotation that says the same as a profile. */
function annotationOf(profile: { readonly type: string; readonly localhostProfile?: string } | undefined) {
  switch (profile?.type) {
    case "Unconfined":
      return "unconfined";
    case "RuntimeDefault":
      return "runtime/default";
    case "Localhost":
      return `localhost/${profile.localhostProfile ?? ""}`;
    default:
      return undefined;
  }
}

type Amounts = Readonly<Record<string, string>> | undefined;

/** Nobody can have part of a byte. */
export function fractionWarnings(path: string, amounts: Amounts, ...names: string[]): string[] {
  const asked = names.length > 0 ? names : ["memory", "ephemeral-storage"];
  return asked.flatMap((name) => {
    if (!amounts || !Object.hasOwn(amounts, name)) return [];
    const quantity = parseQuantity(amounts[name] as string);
    if (quantity.milliValue() % 1000n === 0n) return [];
    const shown = JSON.stringify(quantity.toString());
    return [`${path}[${name}]: fractional byte value ${shown} is invalid, must be an integer`];
  });
}

/** A variable that is set again should build on what it was. */
function variableWarnings({ path, container }: PlacedContainer): string[] {
  const seen = new Set<string>();
  return (container.env ?? []).flatMap(({ name, value = "", valueFrom }, at) => {
    const isKnown = seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    if (!isKnown || (!valueFrom && value !== reference && value.includes(reference))) return [];
    const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return [`${path}.env[${at}]: ${text}`];
  });
}
