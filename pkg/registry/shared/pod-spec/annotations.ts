/** Rules on annotations that pods once had for what are fields today. */
import type { PodSpec, SeccompProfile } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings } from "../findings.ts";
import { descendingPath } from "../paths.ts";
import { everyContainer } from "./windows.ts";

/** On what shows in the API a pod that a node has from a file. */
export const mirrorAnnotation = "kubernetes.io/config.mirror";
const deletionCost = "controller.kubernetes.io/pod-deletion-cost";
const seccompPod = "seccomp.security.alpha.kubernetes.io/pod";
const seccompContainer = "container.seccomp.security.alpha.kubernetes.io/";
const appArmor = "container.apparmor.security.beta.kubernetes.io/";

type Annotations = Readonly<Record<string, string>>;

const annotationOf = (annotations: Annotations, key: string): string | undefined =>
  Object.hasOwn(annotations, key) ? annotations[key] : undefined;

/** Whether there is a key of the system's: all that have rules are such. Most pods have none. */
const hasSystemKey = (annotations: Annotations): boolean =>
  Object.keys(annotations).some((key) => key.includes("kubernetes.io/"));

export function* podAnnotations(path: string, annotations: Annotations | undefined, spec: PodSpec): Findings {
  const all = annotations ?? {};
  if (!hasSystemKey(all)) return;
  const mirrored = annotationOf(all, mirrorAnnotation);
  if (mirrored !== undefined && !spec.nodeName) {
    yield invalid(`${path}[${mirrorAnnotation}]`, mirrored, "must set spec.nodeName if mirror pod annotation is set");
  }
  const cost = annotationOf(all, deletionCost);
  if (cost !== undefined && !isInt32(cost)) yield invalid(`${path}[${deletionCost}]`, cost, "must be a 32bit integer");
  const ofPod = annotationOf(all, seccompPod);
  if (ofPod !== undefined) yield* seccompName(`${path}.${seccompPod}`, ofPod);
  for (const [key, value] of entriesOf(all)) {
    if (key.startsWith(seccompContainer)) yield* seccompName(`${path}.${key}`, value);
  }
  const profiles = entriesOf(all).filter(([key]) => key.startsWith(appArmor));
  if (profiles.length === 0) return;
  const names = new Set([...everyContainer("", spec)].map(([, { name }]) => name));
  for (const [key, value] of profiles) {
    const container = key.slice(appArmor.length);
    if (!names.has(container)) yield invalid(`${path}[${key}]`, container, "container not found");
    if (!["", "runtime/default", "unconfined"].includes(value) && !value.startsWith("localhost/")) {
      yield invalid(`${path}[${key}]`, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
    }
  }
}

function isInt32(text: string): boolean {
  // No plus sign and no leading zeros, so that equal costs are equal texts.
  return /^(0|-?[1-9]\d*)$/.test(text) && Math.abs(Number(text)) <= 2 ** 31 - (text.startsWith("-") ? 0 : 1);
}

function* seccompName(path: string, profile: string): Findings {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return;
  if (profile.startsWith("localhost/")) yield* descendingPath(path, profile.slice("localhost/".length));
  else yield invalid(path, profile, "must be a valid seccomp profile");
}

/** Where both the annotation and the field are set, they must say the same. */
export function* annotationsMatchFields(path: string, meta: ObjectMeta | undefined, spec: PodSpec): Findings {
  const annotations = meta?.annotations ?? {};
  const context = spec.securityContext;
  yield* seccompMatches(
    `${path}.securityContext.seccompProfile`,
    annotationOf(annotations, seccompPod),
    context?.seccompProfile,
  );
  for (const [here, { name, securityContext }] of everyContainer(path, spec)) {
    const annotation = annotationOf(annotations, seccompContainer + name);
    yield* seccompMatches(`${here}.securityContext.seccompProfile`, annotation, securityContext?.seccompProfile);
  }
  if (spec.os?.name === "windows") return;
  for (const [here, { name, securityContext }] of everyContainer(path, spec)) {
    const profile = securityContext?.appArmorProfile ?? context?.appArmorProfile;
    const annotation = annotationOf(annotations, appArmor + name);
    if (!profile || annotation === undefined) continue;
    const wanted = { Unconfined: ["unconfined"], RuntimeDefault: ["runtime/default"] };
    yield* matches(`${here}.securityContext.appArmorProfile`, { annotation, profile, kind: "apparmor", wanted });
  }
}

function* seccompMatches(path: string, annotation: string | undefined, profile: SeccompProfile | undefined): Findings {
  if (annotation === undefined || !profile) return;
  const wanted = { Unconfined: ["unconfined"], RuntimeDefault: ["runtime/default", "docker/default"] };
  yield* matches(path, { annotation, profile, kind: "seccomp", wanted });
}

interface Pair {
  readonly annotation: string;
  readonly profile: { readonly type: string; readonly localhostProfile?: string };
  readonly kind: "seccomp" | "apparmor";
  readonly wanted: { readonly Unconfined: readonly string[]; readonly RuntimeDefault: readonly string[] };
}

function* matches(path: string, { annotation, profile, kind, wanted }: Pair): Findings {
  const differs = (field: string, what: string): FieldError =>
    forbidden(`${path}.${field}`, `${kind} ${what} in annotation and field must match`);
  const { type, localhostProfile } = profile;
  if (type === "Unconfined" || type === "RuntimeDefault") {
    if (!wanted[type].includes(annotation)) yield differs("type", "type");
  } else if (type === "Localhost") {
    if (!annotation.startsWith("localhost/")) yield differs("type", "type");
    else if (annotation.slice("localhost/".length) !== localhostProfile) yield differs("localhostProfile", "profile");
  }
}

/** AppArmor and mirror annotations are part of what a running pod is. */
export function* annotationsUpdate(path: string, next: Annotations, old: Annotations): Findings {
  if (!hasSystemKey(next) && !hasSystemKey(old)) return;
  for (const [key, value] of entriesOf(old)) {
    if (annotationOf(next, key) === value) continue;
    if (key.startsWith(appArmor)) yield forbidden(`${path}[${key}]`, "may not remove or update AppArmor annotations");
    if (key === mirrorAnnotation) yield forbidden(`${path}[${key}]`, "may not remove or update mirror pod annotation");
  }
  for (const [key] of entriesOf(next)) {
    if (Object.hasOwn(old, key)) continue;
    if (key.startsWith(appArmor)) yield forbidden(`${path}[${key}]`, "may not add AppArmor annotations");
    if (key === mirrorAnnotation) yield forbidden(`${path}[${key}]`, "may not add mirror pod annotation");
  }
}
