import type { PreferredSchedulingTerm } from "#api/types/core/v1";
import { matchesNodeSelection, nodesByName, termMatches } from "#pkg/apimachinery/placement/node-selector.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable } from "../../framework/verdict.ts";

const mismatch = unresolvable("node(s) didn't match Pod's node affinity/selector");

/** Keeps pods to the nodes that their nodeSelector and required affinity allow, and prefers those of preferred terms by weight. */
export const nodeAffinity = definePlugin<undefined, readonly PreferredSchedulingTerm[]>({
  name: "NodeAffinity",
  preFilter({ pod }) {
    const restricted =
      pod.spec.nodeSelector !== undefined ||
      pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
    if (!restricted) return { skip: true };
    const nodes = nodesByName(pod);
    return nodes ? { nodes } : {};
  },
  filter: ({ pod }, node) => (matchesNodeSelection(pod, node) ? ok : mismatch),
  preScore({ pod }) {
    const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return terms.length > 0 ? { state: terms } : { skip: true };
  },
  score: (_, node, terms) =>
    terms.reduce((sum, term) => sum + (termMatches(term.preference, node) ? term.weight : 0), 0),
  normalize: "default",
  requeueOn: (_, event) =>
    event.kind === "nodeAdded" ||
    event.kind === "selfUpdated" ||
    (event.kind === "nodeUpdated" && event.changed.has("labels")),
});
