/** What makes a pod the one of its ordinal: name, labels, host name and claims. Pure. */
import type { ControllerRevision, StatefulSet } from "#api/types/apps/v1";
import type { PersistentVolumeClaim, Pod, Volume } from "#api/types/core/v1";
import { templateOf } from "../framework/history.ts";
import { controllerReference } from "../framework/owners.ts";
import { podFromTemplate } from "../framework/pods.ts";

export const revisionLabel = "controller-revision-hash";
const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";

export const startOf = ({ spec }: Readonly<StatefulSet>): number => spec.ordinals?.start ?? 0;
export const replicasOf = ({ spec }: Readonly<StatefulSet>): number => spec.replicas ?? 1;
export const revisionOf = ({ metadata }: Readonly<Pod>): string => metadata.labels?.[revisionLabel] ?? "";

/** The ordinal of a pod of this set, undefined for a pod with another kind of name. */
export function ordinalOf(set: Readonly<StatefulSet>, { metadata }: Readonly<Pod>): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const { name = "" } = metadata;
  if (!name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
}

const podNameOf = (set: Readonly<StatefulSet>, ordinal: number): string => `${set.metadata.name}-${ordinal}`;

export const claimNameOf = (
  template: Readonly<PersistentVolumeClaim>,
  set: Readonly<StatefulSet>,
  ordinal: number,
): string => `${template.metadata.name}-${podNameOf(set, ordinal)}`;

function identityLabels(set: Readonly<StatefulSet>, ordinal: number): Record<string, string> {
  return { [podNameLabel]: podNameOf(set, ordinal), [podIndexLabel]: String(ordinal) };
}

/** A pod of `revision`'s template at this ordinal. */
export function podAt(set: Readonly<StatefulSet>, revision: Readonly<ControllerRevision>, ordinal: number): Pod {
  const { namespace = "" } = set.metadata;
  const name = podNameOf(set, ordinal);
  const pod = podFromTemplate(templateOf(revision), { namespace, name, owner: controllerReference(set) });
  // Pods made from a template have both; the name wins.
  pod.metadata.generateName = `${set.metadata.name}-`;
  pod.metadata.labels = {
    ...pod.metadata.labels,
    ...identityLabels(set, ordinal),
    [revisionLabel]: revision.metadata.name ?? "",
  };
  pod.spec.hostname = name;
  if (set.spec.serviceName) pod.spec.subdomain = set.spec.serviceName;
  const volumes = withClaims(set, ordinal, pod.spec.volumes ?? []);
  if (volumes.length > 0) pod.spec.volumes = volumes;
  return pod;
}

/** The claims' volumes first, in place of volumes of the same name. */
function withClaims(set: Readonly<StatefulSet>, ordinal: number, volumes: readonly Volume[]): Volume[] {
  const claims = (set.spec.volumeClaimTemplates ?? []).map((template): Volume => {
    const persistentVolumeClaim = { claimName: claimNameOf(template, set, ordinal) };
    return { name: template.metadata.name ?? "", persistentVolumeClaim };
  });
  const names = new Set(claims.map(({ name }) => name));
  return [...claims, ...volumes.filter(({ name }) => !names.has(name))];
}

/** The claims that the pod of this ordinal needs, as they are made when they are missing. */
export function claimsAt(set: Readonly<StatefulSet>, ordinal: number): PersistentVolumeClaim[] {
  const { namespace = "" } = set.metadata;
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    ...structuredClone(template),
    metadata: {
      ...template.metadata,
      name: claimNameOf(template, set, ordinal),
      namespace,
      labels: { ...template.metadata.labels, ...set.spec.selector?.matchLabels },
    },
  }));
}

/** The labels that a pod should have and has not; undefined where all is well. */
export function missingIdentity(
  set: Readonly<StatefulSet>,
  pod: Readonly<Pod>,
  ordinal: number,
): Record<string, string> | undefined {
  const wanted = Object.entries(identityLabels(set, ordinal));
  const missing = wanted.filter(([key, value]) => pod.metadata.labels?.[key] !== value);
  return missing.length === 0 ? undefined : Object.fromEntries(missing);
}
