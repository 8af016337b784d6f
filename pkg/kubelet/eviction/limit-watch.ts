/**
 * Finds pods that keep more on the node's disk than they may. Only pods with a limit are measured, and a pod that takes long to
 * measure less often: the share of time that goes into it is bounded.
 */
import type { Pod, Volume } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { uidOf } from "../pods/pod.ts";
import type { FileSystemLayout } from "./filesystems.ts";
import { type LimitedParts, type LimitViolation, limitedPartsOf, limitViolation } from "./limits.ts";
import type { FilesWanted, PodMeter, RuntimeStats } from "./pod-meter.ts";
import { podAmountOf } from "./pod-use.ts";

export interface LimitWatchOptions {
  readonly meter: PodMeter;
  readonly clock: Clock;
  readonly log: Logger;
}

/** After a measurement a pod rests this many times as long as that took. */
const restFactor = 20;

export class LimitWatch {
  readonly #options: LimitWatchOptions;
  /** When a pod is to be measured again, by uid. */
  readonly #dueAt = new Map<string, number>();

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  /** Pods beyond a limit, each with the first that it exceeds; a pod that cannot be measured is passed over. */
  async violations<T extends { readonly pod: Pod }>(
    pods: readonly T[],
    layout: FileSystemLayout,
  ): Promise<{ readonly of: T; readonly violation: LimitViolation }[]> {
    const due = this.#due(pods);
    const stats: RuntimeStats = due.some(({ parts }) => parts.storage)
      ? await this.#options.meter.runtimeStats()
      : new Map();
    const found = [];
    for (const { of, parts } of due) {
      const violation = await this.#look(of.pod, { parts, stats, layout });
      if (violation) found.push({ of, violation });
    }
    return found;
  }

  #due<T extends { readonly pod: Pod }>(pods: readonly T[]): { readonly of: T; readonly parts: LimitedParts }[] {
    const uids = new Set(pods.map(({ pod }) => uidOf(pod)));
    for (const uid of this.#dueAt.keys()) if (!uids.has(uid)) this.#dueAt.delete(uid);
    const now = this.#options.clock.now();
    return pods.flatMap((of) => {
      const parts = limitedPartsOf(of.pod);
      return parts && (this.#dueAt.get(uidOf(of.pod)) ?? 0) <= now ? [{ of, parts }] : [];
    });
  }

  async #look(
    pod: Pod,
    { parts, stats, layout }: { parts: LimitedParts; stats: RuntimeStats; layout: FileSystemLayout },
  ): Promise<LimitViolation | undefined> {
    const { meter, clock, log } = this.#options;
    const began = clock.now();
    try {
      return limitViolation(pod, await meter.files(pod, stats, filesFor(pod, parts)), layout);
    } catch (err) {
      log.debug({ err, pod: uidOf(pod) }, "a pod's use of the disk was not measured");
      return undefined;
    } finally {
      const now = clock.now();
      this.#dueAt.set(uidOf(pod), now + (now - began) * restFactor);
    }
  }
}

function filesFor(pod: Pod, { emptyDirs, storage }: LimitedParts): FilesWanted {
  const total = podAmountOf(pod, "limits.ephemeral-storage") ?? 0;
  const own = (volume: Volume | undefined): number => {
    const limit = volume?.emptyDir?.sizeLimit;
    return limit === undefined ? 0 : parseQuantity(limit).toNumber();
  };
  const local = (pod.spec.volumes ?? []).filter(({ emptyDir, configMap }) => emptyDir ?? configMap);
  return {
    volumes: storage ? local.map(({ name }) => name) : emptyDirs,
    own: storage,
    bytesEnough: (volume) => (storage ? Math.max(total, own(volume)) : own(volume)),
  };
}
