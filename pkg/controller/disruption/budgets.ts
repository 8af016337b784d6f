/** The budgets of a namespace, by the pods that they select. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { PodDisruptionBudget } from "#api/types/policy/v1";
import { type LabelSelector, labelSelectorFrom, nothing } from "#pkg/apimachinery/labels/index.ts";
import type { Informer, InformerSet } from "#pkg/client/index.ts";

type Budget = Readonly<PodDisruptionBudget>;

export class Budgets {
  readonly cache: Informer<PodDisruptionBudget>;
  readonly #pods: Informer<Pod>;
  /** Parsed once for each state of a budget. */
  readonly #selectors = new WeakMap<Budget, LabelSelector>();

  constructor(informers: InformerSet) {
    this.cache = informers.informer(resources.poddisruptionbudgets);
    this.#pods = informers.informer(resources.pods);
  }

  /** Those that select a pod with these labels. One whose selector is not valid selects nothing. */
  of(namespace: string, labels: Readonly<Record<string, string>> | undefined): Budget[] {
    return [...this.cache.list(namespace)].filter((budget) => this.#selectorOf(budget).matches(labels));
  }

  /** Throws an Error when the selector is not valid. */
  podsOf(budget: Budget): Readonly<Pod>[] {
    const selector = labelSelectorFrom(budget.spec.selector);
    return [...this.#pods.list(budget.metadata.namespace)].filter(({ metadata }) => selector.matches(metadata.labels));
  }

  #selectorOf(budget: Budget): LabelSelector {
    const known = this.#selectors.get(budget);
    if (known) return known;
    let selector = nothing;
    try {
      selector = labelSelectorFrom(budget.spec.selector);
    } catch {
      // `podsOf` reports it where the budget itself is looked at.
    }
    this.#selectors.set(budget, selector);
    return selector;
  }
}
