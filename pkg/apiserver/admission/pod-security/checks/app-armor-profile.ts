import type { AppArmorProfile } from "#api/types/core/v1";
import { type Check, containersOf, type Examine, type PodShape } from "../check.ts";
import { assignment, counted, distinct, plural, quoted } from "../words.ts";

const annotationPrefix = "container.apparmor.security.beta.kubernetes.io/";

const isBadProfile = (profile: AppArmorProfile | undefined): profile is AppArmorProfile =>
  profile !== undefined && profile.type !== "RuntimeDefault" && profile.type !== "Localhost";

const isBadAnnotation = ([key, value]: [string, string]): boolean =>
  key.startsWith(annotationPrefix) && value !== "" && value !== "runtime/default" && !value.startsWith("localhost/");

const badAnnotationsOf = ({ metadata }: PodShape): string[] =>
  Object.entries(metadata?.annotations ?? {})
    .filter(isBadAnnotation)
    .map(([key, value]) => assignment(key, value))
    .sort();

const examine: Examine = (pod) => {
  const own = pod.spec.securityContext?.appArmorProfile;
  const containers = containersOf(pod.spec).flatMap(({ name, securityContext }) =>
    isBadProfile(securityContext?.appArmorProfile) ? [{ name, type: securityContext.appArmorProfile.type }] : [],
  );
  const annotations = badAnnotationsOf(pod);
  const names = containers.map(({ name }) => name);
  const who = [
    ...(isBadProfile(own) ? ["pod"] : []),
    ...(names.length > 0 ? [counted("container", names)] : []),
    ...(annotations.length > 0 ? [plural(annotations.length, "annotation")] : []),
  ];
  if (who.length === 0) return undefined;
  const types = distinct([...(isBadProfile(own) ? [own.type] : []), ...containers.map(({ type }) => type)]);
  const values = [...types, ...annotations];
  return {
    reason: plural(values.length, "forbidden AppArmor profile"),
    detail: `${who.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

/** Nobody switches the runtime's AppArmor profile off. */
export const appArmorProfile: Check = { name: "appArmorProfile", revisions: [{ since: 0, examine }] };
