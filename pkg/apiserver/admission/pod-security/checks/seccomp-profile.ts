/** Which filters of system calls pods may choose. Until v1.19 annotations chose them. */
import type { SeccompProfile } from "#api/types/core/v1";
import { type Check, containersOf, type Examine, isForWindows, type PodShape, unless } from "../check.ts";
import { assignment, counted, distinct, plural, quoted, setters } from "../words.ts";

const podAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
const containerAnnotationPrefix = "container.seccomp.security.alpha.kubernetes.io/";
const reason = "seccompProfile";

const isAllowedAnnotation = (value: string): boolean =>
  value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");

const examineAnnotations: Examine = ({ metadata, spec }) => {
  const annotations = metadata?.annotations ?? {};
  const keys = [podAnnotation, ...containersOf(spec).map(({ name }) => `${containerAnnotationPrefix}${name}`)];
  const bad = keys.flatMap((key) => {
    const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    return value === undefined || isAllowedAnnotation(value) ? [] : [assignment(key, value)];
  });
  if (bad.length === 0) return undefined;
  const all = distinct(bad);
  return { reason, detail: `forbidden ${plural(all.length, "annotation")} ${all.join(", ")}` };
};

const isBad = (profile: SeccompProfile | undefined): profile is SeccompProfile =>
  profile !== undefined && profile.type !== "RuntimeDefault" && profile.type !== "Localhost";

const examineFields: Examine = ({ spec }) => {
  const pod = spec.securityContext?.seccompProfile;
  const containers = containersOf(spec).filter(({ securityContext }) => isBad(securityContext?.seccompProfile));
  const who = setters(
    isBad(pod),
    containers.map(({ name }) => name),
  );
  if (who === "") return undefined;
  const bad = [pod, ...containers.map(({ securityContext }) => securityContext?.seccompProfile)].filter(isBad);
  const values = quoted(distinct(bad.map(({ type }) => type)));
  return { reason, detail: `${who} must not set securityContext.seccompProfile.type to ${values}` };
};

/** Containers for which nobody chose a profile. */
function unfiltered({ spec }: PodShape): string[] {
  if (spec.securityContext?.seccompProfile) return [];
  return containersOf(spec).flatMap(({ name, securityContext }) => (securityContext?.seccompProfile ? [] : [name]));
}

const examineChosen: Examine = (pod) => {
  const bad = examineFields(pod);
  if (bad) return bad;
  const silent = unfiltered(pod);
  if (silent.length === 0) return undefined;
  const who = `pod or ${counted("container", silent)}`;
  return { reason, detail: `${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
};

/** Whoever chooses a profile chooses one that filters. */
export const seccompProfileBaseline: Check = {
  name: "seccompProfile_baseline",
  revisions: [
    { since: 0, examine: examineAnnotations },
    { since: 19, examine: examineFields },
  ],
};

/** Everybody chooses one. */
export const seccompProfileRestricted: Check = {
  name: "seccompProfile_restricted",
  revisions: [
    { since: 19, examine: examineChosen, replaces: seccompProfileBaseline.name },
    { since: 25, examine: unless(isForWindows, examineChosen), replaces: seccompProfileBaseline.name },
  ],
};
