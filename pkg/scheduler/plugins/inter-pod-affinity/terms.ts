/** Inter-pod affinity terms, compiled once per pod. */
import type { Pod, PodAffinityTerm } from "#api/types/core/v1";
import { type LabelSelector, labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { ClusterView, PodInfo } from "../../cache/types.ts";

export interface Term {
  readonly topologyKey: string;
  readonly weight: number;
  matches(pod: PodInfo, cluster: ClusterView): boolean;
}

export interface Terms {
  readonly affinity: readonly Term[];
  readonly antiAffinity: readonly Term[];
  readonly preferredAffinity: readonly Term[];
  readonly preferredAntiAffinity: readonly Term[];
}

const compiled = new WeakMap<PodInfo, Terms>();

export function termsOf(info: PodInfo): Terms {
  let terms = compiled.get(info);
  if (!terms) {
    terms = compileTerms(info.pod);
    compiled.set(info, terms);
  }
  return terms;
}

function compileTerms(pod: Readonly<Pod>): Terms {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const namespace = pod.metadata.namespace ?? "";
  const hard = (terms: readonly PodAffinityTerm[] = []) => terms.map((term) => compileTerm(term, 0, namespace));
  const soft = (terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] = []) =>
    terms.map((term) => compileTerm(term.podAffinityTerm, term.weight, namespace));
  return {
    affinity: hard(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: hard(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: soft(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: soft(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

function compileTerm(term: PodAffinityTerm, weight: number, ownNamespace: string): Term {
  // An absent label selector matches no pod; an absent namespace selector selects by the list alone.
  const selector = term.labelSelector ? labelSelectorFrom(term.labelSelector) : undefined;
  const namespaceSelector: LabelSelector | undefined = term.namespaceSelector
    ? labelSelectorFrom(term.namespaceSelector)
    : undefined;
  const listed = new Set(term.namespaces ?? []);
  if (listed.size === 0 && !namespaceSelector) listed.add(ownNamespace);
  return {
    topologyKey: term.topologyKey,
    weight,
    matches(pod, cluster) {
      if (!selector?.matches(pod.labels)) return false;
      const namespace = pod.pod.metadata.namespace ?? "";
      if (listed.has(namespace)) return true;
      return namespaceSelector?.matches(cluster.namespaceLabels(namespace) ?? {}) ?? false;
    },
  };
}
