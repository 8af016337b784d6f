/** What clients are told about a pod that is right by the rules and yet not what they meant. Paths begin with `prefix`. */

import type { Affinity, PodAffinityTerm, PodSpec, PodTemplateSpec, TopologySpreadConstraint } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { numericValue } from "#pkg/apimachinery/codec/index.ts";
import { labelValueErrors } from "#pkg/apimachinery/labels/index.ts";
import { KnownClean } from "../known-clean.ts";
import { labelErrors } from "../names.ts";
import { nodeLabelWarning, nodeTermWarnings } from "../node-labels.ts";
import { addressWarnings } from "../strict-addresses.ts";
import { containersWarnings, fractionWarnings } from "./containers.ts";
import { portWarnings } from "./ports.ts";
import { overlapWarnings, volumeWarnings } from "./volumes.ts";

export const podTemplateWarnings = (path: string, template: PodTemplateSpec | undefined): string[] =>
  template?.spec ? warningsOf(`${path}.`, template.spec, template.metadata ?? {}, true) : [];

export function podWarnings(spec: PodSpec, metadata: ObjectMeta): string[] {
  const look = () => allPodWarnings(spec, metadata);
  return hasOldAnnotations(metadata) ? look() : quietSpecs.findings(JSON.stringify(spec), look);
}

/** As `podWarnings`, whatever was found before. */
export const allPodWarnings = (spec: PodSpec, metadata: ObjectMeta): string[] => warningsOf("", spec, metadata, false);

const quietSpecs = new KnownClean();

/** Whether there may be an annotation that there are warnings about: all of those are alpha or beta. */
const hasOldAnnotations = ({ annotations }: ObjectMeta): boolean =>
  Object.keys(annotations ?? {}).some((key) => /\.(?:alpha|beta)\.kubernetes\.io\//.test(key));

/** `what` is where the name is used. */
export function podNameWarnings(name: string | undefined, what = "in Pod names and hostnames"): string[] {
  const texts = labelErrors(name ?? "");
  if (texts.length === 0) return [];
  const why = "which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: this is used ${what}, ${why}: [${texts.join(" ")}]`];
}

function warningsOf(prefix: string, spec: PodSpec, metadata: ObjectMeta, isTemplate: boolean): string[] {
  const path = `${prefix}spec`;
  return [
    ...selectorWarnings(path, spec),
    ...annotationWarnings(`${prefix}metadata.annotations`, metadata),
    ...volumeWarnings(`${path}.volumes`, spec.volumes ?? []),
    ...overlapWarnings(spec.volumes ?? []),
    ...repeated(`${path}.hostAliases`, "ip", spec.hostAliases ?? []),
    ...repeated(`${path}.imagePullSecrets`, "name", spec.imagePullSecrets ?? []),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, at) =>
      name ? [] : [`${path}.imagePullSecrets[${at}].name: invalid empty name ""`],
    ),
    ...fractionWarnings(`${path}.overhead`, spec.overhead),
    ...seccompWarnings(`${prefix}metadata.annotations`, spec, metadata),
    ...containersWarnings(path, { spec, metadata, prefix, isTemplate }),
    ...portWarnings(path, spec),
    ...(numericValue(spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(`${path}.affinity`, spec.affinity),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, at) =>
      addressWarnings(`${path}.dnsConfig.nameservers[${at}]`, ip),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, at) => addressWarnings(`${path}.hostAliases[${at}].ip`, ip ?? "")),
  ];
}

/** Old labels of nodes; and selectors that select nothing. */
function selectorWarnings(path: string, { nodeSelector, affinity, topologySpreadConstraints }: PodSpec): string[] {
  const nodes = affinity?.nodeAffinity;
  const required = `${path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const preferred = `${path}.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...Object.keys(nodeSelector ?? {})
      .sort()
      .flatMap((key) => told(`${path}.nodeSelector[${key}]`, nodeLabelWarning(key))),
    ...(nodes?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, at) =>
      nodeTermWarnings(`${required}[${at}]`, term),
    ),
    ...(nodes?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, at) =>
      preferenceWarnings(`${preferred}[${at}].preference`, preference ?? {}),
    ),
    ...(topologySpreadConstraints ?? []).flatMap((constraint, at) =>
      spreadWarnings(`${path}.topologySpreadConstraints[${at}]`, constraint),
    ),
  ];
}

const told = (path: string, text: string | undefined): string[] => (text === undefined ? [] : [`${path}: ${text}`]);

/** Values of a preference are no label values by rule, but match nothing then. */
function preferenceWarnings(path: string, term: Parameters<typeof nodeTermWarnings>[1]): string[] {
  return (term.matchExpressions ?? []).flatMap((expression, at) => {
    const here = `${path}.matchExpressions[${at}]`;
    const text = nodeLabelWarning(expression.key);
    return [
      ...told(`${here}.key`, text && `${expression.key} is ${text}`),
      ...(expression.values ?? []).flatMap((value, n) =>
        labelValueErrors(value).map((wrong) => `${here}.values[${n}]: ${value} is invalid, ${wrong}`),
      ),
    ];
  });
}

const matchesNothing = (path: string): string =>
  `${path}.labelSelector: a null labelSelector results in matching no pod`;

function spreadWarnings(path: string, { topologyKey, labelSelector }: TopologySpreadConstraint): string[] {
  const text = nodeLabelWarning(topologyKey);
  return [
    ...told(`${path}.topologyKey`, text && `${topologyKey} is ${text}`),
    ...(labelSelector ? [] : [matchesNothing(path)]),
  ];
}

function affinityWarnings(path: string, affinity: Affinity | undefined): string[] {
  return (["podAffinity", "podAntiAffinity"] as const).flatMap((kind) => {
    const of = affinity?.[kind];
    const blind = (term: PodAffinityTerm | undefined, here: string) =>
      term?.labelSelector ? [] : [matchesNothing(here)];
    const [required, preferred] = ["required", "preferred"].map(
      (word) => `${path}.${kind}.${word}DuringSchedulingIgnoredDuringExecution`,
    );
    return [
      ...(of?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, at) =>
        blind(term, `${required}[${at}]`),
      ),
      ...(of?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, at) =>
        blind(podAffinityTerm, `${preferred}[${at}].podAffinityTerm`),
      ),
    ];
  });
}

const deadAnnotations = new Map([
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
]);

function annotationWarnings(path: string, { annotations }: ObjectMeta): string[] {
  return [...deadAnnotations].flatMap(([key, text]) =>
    Object.hasOwn(annotations ?? {}, key) ? [`${path}[${key}]: ${text}`] : [],
  );
}

function seccompWarnings(path: string, { securityContext }: PodSpec, { annotations }: ObjectMeta): string[] {
  const key = "seccomp.security.alpha.kubernetes.io/pod";
  if (securityContext?.seccompProfile || !Object.hasOwn(annotations ?? {}, key)) return [];
  return [`${path}[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

/** Items of a list that say the same. */
function repeated<F extends "ip" | "name">(
  path: string,
  field: F,
  list: readonly { readonly [K in F]?: string }[],
): string[] {
  const seen = new Set<string>();
  return list.flatMap((item, at) => {
    const value = item[field] ?? "";
    if (seen.has(value)) return [`${path}[${at}].${field}: duplicate ${field} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}
