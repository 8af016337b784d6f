/** AppArmor profiles were chosen by annotations before v1.30: a new pod that still does gets the field that means the same. */
import type { AppArmorProfile, Container, Pod } from "#api/types/core/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { containersOf } from "../../shared/pod-warnings/containers.ts";

const prefix = "container.apparmor.security.beta.kubernetes.io/";
const pathMax = 4095;

/** `warn` is told of annotations that the field of the pod does not say already. */
export function readAppArmorAnnotations({ metadata, spec }: Pod, warn: (text: string) => void): void {
  const { annotations } = metadata;
  if (!annotations || spec.os?.name === "windows") return;
  for (const { container } of containersOf("spec", spec)) {
    const key = `${prefix}${container.name}`;
    if (!Object.hasOwn(annotations, key) || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(annotations[key] ?? "");
    if (profile && sameJson(profile, spec.securityContext?.appArmorProfile)) continue;
    if (profile) setProfile(container, profile);
    warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}

function setProfile(container: Container, appArmorProfile: AppArmorProfile): void {
  container.securityContext = { ...container.securityContext, appArmorProfile };
}

/** Undefined: no valid field says the same. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const localhostProfile = annotation.startsWith("localhost/") ? annotation.slice("localhost/".length) : "";
  const isValid = localhostProfile.trim() === localhostProfile && Buffer.byteLength(localhostProfile) <= pathMax;
  return localhostProfile !== "" && isValid ? { type: "Localhost", localhostProfile } : undefined;
}
