/** Which autoscalers think that a pod is theirs: two that scale the same pods would fight. */
import type { Pod } from "#api/types/core/v1";
import type { LabelSelector } from "#pkg/apimachinery/labels/index.ts";

interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly selector: LabelSelector;
}

export class SelectorClaims {
  readonly #claims = new Map<string, Claim>();

  claim(key: string, claim: Claim): void {
    this.#claims.set(key, claim);
  }

  release(key: string): void {
    this.#claims.delete(key);
  }

  /** The autoscalers of the namespace that select any of these pods, as events print them. */
  claimants(namespace: string, pods: readonly Readonly<Pod>[]): string[] {
    const found = [...this.#claims.values()].filter(
      (claim) => claim.namespace === namespace && pods.some(({ metadata }) => claim.selector.matches(metadata.labels)),
    );
    return found.map(({ name }) => `{${name} ${namespace}}`).sort();
  }
}
