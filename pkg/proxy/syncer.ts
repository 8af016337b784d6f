/** Keeps the node's rules in step with the tracker: soon after a change, one transaction at a time, in full after a failure. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { run } from "./nftables/command.ts";
import { addServicePort, emptyRuleSet, type RuleOptions, type RuleSet } from "./nftables/rules.ts";
import { fullTransaction, incrementalTransaction } from "./nftables/transaction.ts";
import type { ServicePortState, ServiceTracker } from "./tracker.ts";

export interface SyncerOptions extends RuleOptions {
  readonly tracker: ServiceTracker;
  readonly clock: Clock;
  readonly log: Logger;
  readonly netns?: string | undefined;
  readonly onSync?: (seconds: number, ok: boolean) => void;
}

/** Changes that come together are applied together. */
const gatherMs = 10;
const fullEveryMs = 10 * 60_000;
const retryMs = { first: 200, max: 30_000 };
/** A change whose rules are not there after this: something is wrong. */
const pendingMsMax = 60_000;

export class Syncer {
  readonly #options: SyncerOptions;
  #applied: RuleSet | undefined;
  #fullAt = 0;
  #wake: (() => void) | undefined;
  #lastSync = 0;
  #pendingSince: number | undefined;

  constructor(options: SyncerOptions) {
    this.#options = options;
  }

  /** When rules were last known to be right, in ms; 0 before the first time. */
  get lastSync(): number {
    return this.#lastSync;
  }

  get isHealthy(): boolean {
    if (this.#lastSync === 0) return false;
    return this.#pendingSince === undefined || this.#options.clock.now() - this.#pendingSince < pendingMsMax;
  }

  /** Something changed in the tracker. */
  notify(): void {
    this.#pendingSince ??= this.#options.clock.now();
    this.#wake?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, tracker, log } = this.#options;
    let backoffMs = retryMs.first;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
    while (!signal.aborted) {
      try {
        await this.#sync(signal);
        backoffMs = retryMs.first;
        if (!tracker.changed) await this.#changeOrResync();
        await clock.sleep(gatherMs, signal).catch(() => undefined);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error }, "rules could not be applied");
        this.#applied = undefined;
        await clock.sleep(backoffMs, signal).catch(() => undefined);
        backoffMs = Math.min(retryMs.max, backoffMs * 2);
      }
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const { clock, tracker, netns, onSync } = this.#options;
    const started = clock.now();
    const pendingSince = this.#pendingSince;
    this.#pendingSince = undefined;
    const full = this.#applied === undefined || started - this.#fullAt >= fullEveryMs;
    const next = this.#build(tracker.all());
    const text = full ? fullTransaction(next) : incrementalTransaction(this.#applied ?? emptyRuleSet(), next);
    try {
      if (text !== "") await run("nft", ["-f", "-"], text, { netns, signal });
      onSync?.((clock.now() - started) / 1000, true);
    } catch (error) {
      this.#pendingSince = pendingSince ?? started;
      onSync?.((clock.now() - started) / 1000, false);
      throw error;
    }
    if (full) this.#fullAt = started;
    const before = this.#applied;
    this.#applied = next;
    this.#lastSync = clock.now();
    if (before) await this.#forgetUdpFlows(before, next, signal);
  }

  #build(services: ReadonlyMap<string, readonly ServicePortState[]>): RuleSet {
    const rules = emptyRuleSet();
    for (const states of services.values()) for (const state of states) addServicePort(rules, state, this.#options);
    return rules;
  }

  /** A UDP flow keeps its endpoint for as long as packets come; one whose endpoint is gone must be forgotten. */
  async #forgetUdpFlows(before: RuleSet, next: RuleSet, signal: AbortSignal): Promise<void> {
    const gone = [...before.chains].filter(([name]) => name.startsWith("endpoint-") && !next.chains.has(name));
    for (const [, rules] of gone) {
      const udp = /meta l4proto udp dnat to ([\d.]+):/.exec(rules.at(-1) ?? "");
      // It fails when there is no such flow, which is as good.
      if (udp)
        await run("conntrack", ["-D", "-p", "udp", "--dst-nat", udp[1]!], "", {
          netns: this.#options.netns,
          signal,
        }).catch(() => undefined);
    }
  }

  async #changeOrResync(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _timer = this.#options.clock.after(fullEveryMs, resolve);
    await promise;
    this.#wake = undefined;
  }
}
