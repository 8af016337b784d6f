/** What to tell of the pods that are there already when a namespace begins to enforce a level: they stay as they are. */
import type { Pod } from "#api/types/core/v1";
import { Stretch } from "#pkg/apimachinery/stretch.ts";
import { evaluate, printReasons } from "./evaluate.ts";
import type { Exemptions } from "./exemptions.ts";
import { type LevelVersion, printLevel } from "./levels.ts";
import { plural } from "./words.ts";

export const podsMax = 3000;
export const checkMsMax = 1000;

export interface ExistingPods {
  readonly namespace: string;
  /** Parsed when it is looked at. */
  readonly pods: readonly { readonly object: Pod }[];
  readonly enforce: LevelVersion;
  readonly exemptions: Exemptions;
  now(): number;
  /** Nobody waits any more. */
  isGone?(): boolean;
}

/** Warnings, of at most `podsMax` pods and no longer than `checkMsMax`. Gives way to others meanwhile. */
export async function warningsOfExisting(existing: ExistingPods): Promise<string[]> {
  const { namespace, enforce } = existing;
  const survey = new Survey(existing);
  await survey.run();
  const { checked, total } = survey;
  const lines = survey.lines();
  return [
    ...(checked < total
      ? [`new PodSecurity enforce level only checked against the first ${checked} of ${total} existing pods`]
      : []),
    ...(lines.length > 0
      ? [
          `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(printLevel(enforce))}`,
        ]
      : []),
    ...lines,
  ];
}

interface Violators {
  /** The first by name. */
  name: string;
  count: number;
}

/** Looks at pods one by one: of those with the same controller one first, since the others are most likely its like. */
class Survey {
  checked = 0;
  total: number;
  readonly #existing: ExistingPods;
  readonly #deadline: number;
  readonly #stretch = new Stretch();
  readonly #byReasons = new Map<string, Violators>();

  constructor(existing: ExistingPods) {
    this.#existing = existing;
    this.total = existing.pods.length;
    this.#deadline = existing.now() + checkMsMax;
  }

  async run(): Promise<void> {
    const controllers = new Set<string>();
    const alike: { readonly object: Pod }[] = [];
    for (const stored of this.#existing.pods) {
      const pod = stored.object;
      const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
      if (this.#isExempt(pod)) this.total -= 1;
      else if (controller !== undefined && controllers.has(controller)) alike.push(stored);
      else {
        if (controller !== undefined) controllers.add(controller);
        if (this.checked < podsMax) this.#check(pod);
      }
      // Whoever is left can only be counted, and that is done unless some of them do not count.
      if (this.checked === podsMax && this.#existing.exemptions.runtimeClasses.size === 0) return;
      if (await this.#isTimeUp()) return;
    }
    for (const { object } of alike.slice(0, podsMax - this.checked)) {
      this.#check(object);
      if (await this.#isTimeUp()) return;
    }
  }

  #isExempt({ spec: { runtimeClassName } }: Pod): boolean {
    return runtimeClassName !== undefined && this.#existing.exemptions.runtimeClasses.has(runtimeClassName);
  }

  #check(pod: Pod): void {
    this.checked += 1;
    const violations = evaluate(this.#existing.enforce, pod);
    if (violations.length === 0) return;
    const name = pod.metadata.name ?? "";
    const reasons = printReasons(violations);
    const known = this.#byReasons.get(reasons);
    if (!known) this.#byReasons.set(reasons, { name, count: 1 });
    else {
      known.count += 1;
      if (name < known.name) known.name = name;
    }
  }

  async #isTimeUp(): Promise<boolean> {
    if (this.#stretch.isOver) await this.#stretch.giveWay();
    return this.#existing.now() >= this.#deadline || (this.#existing.isGone?.() ?? false);
  }

  lines(): string[] {
    return [...this.#byReasons].map(([reasons, { name, count }]) => `${name}${others(count - 1)}: ${reasons}`).sort();
  }
}

const others = (count: number): string => (count === 0 ? "" : ` (and ${count} other ${plural(count, "pod")})`);
