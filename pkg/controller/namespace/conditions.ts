/** What a namespace that is going away says about it. Pure. */
import type { NamespaceCondition } from "#api/types/core/v1";
import { withCondition } from "../framework/conditions.ts";

export interface Remaining {
  /** `pods`, `deployments.apps`: what still exists, with how many. */
  readonly resources: ReadonlyMap<string, number>;
  /** Finalizers that hold objects, with how many objects each. */
  readonly finalizers: ReadonlyMap<string, number>;
  readonly discoveryErrors: readonly string[];
  readonly deletionErrors: readonly string[];
}

export function conditionsOf(
  old: readonly NamespaceCondition[] | undefined,
  remaining: Remaining,
  now: string,
): NamespaceCondition[] {
  const counted = (entries: ReadonlyMap<string, number>, word: string) =>
    [...entries]
      .map(([name, count]) => `${name} ${word} ${count} resource instances`)
      .sort()
      .join(", ");
  const wanted: [
    type: string,
    bad: boolean,
    badReason: string,
    badText: string,
    goodReason: string,
    goodText: string,
  ][] = [
    [
      "NamespaceDeletionDiscoveryFailure",
      remaining.discoveryErrors.length > 0,
      "DiscoveryFailed",
      `Discovery failed for some groups, ${remaining.discoveryErrors.length} failing: ${remaining.discoveryErrors.join(", ")}`,
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "",
      "",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    [
      "NamespaceDeletionContentFailure",
      remaining.deletionErrors.length > 0,
      "ContentDeletionFailed",
      `Failed to delete all resource types, ${remaining.deletionErrors.length} remaining: ${remaining.deletionErrors.join(", ")}`,
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ],
    [
      "NamespaceContentRemaining",
      remaining.resources.size > 0,
      "SomeResourcesRemain",
      `Some resources are remaining: ${[...remaining.resources]
        .map(([name, count]) => `${name} has ${count} resource instances`)
        .sort()
        .join(", ")}`,
      "ContentRemoved",
      "All content successfully removed",
    ],
    [
      "NamespaceFinalizersRemaining",
      remaining.finalizers.size > 0,
      "SomeFinalizersRemain",
      `Some content in the namespace has finalizers remaining: ${counted(remaining.finalizers, "in")}`,
      "ContentHasNoFinalizers",
      "All content-preserving finalizers finished",
    ],
  ];
  let conditions: NamespaceCondition[] = [...(old ?? [])];
  for (const [type, bad, badReason, badText, goodReason, goodText] of wanted) {
    const next = {
      type,
      status: bad ? "True" : "False",
      reason: bad ? badReason : goodReason,
      message: bad ? badText : goodText,
      lastTransitionTime: now,
    };
    conditions = withCondition(conditions, next);
  }
  return conditions;
}
