/** How the kubelet is told when to act. */
import { defaultHardThresholds, parseThresholds, type Threshold, type ThresholdConfig } from "./thresholds.ts";

export interface EvictionSettings extends Omit<ThresholdConfig, "hard"> {
  /** Default upstream's for Linux; an empty record: none. */
  readonly hard?: ThresholdConfig["hard"];
  /** Longest grace of a pod that goes for a soft threshold, in seconds; negative: its own. Default 0. */
  readonly podGraceSecondsMax?: number;
  /** How long a condition of the node stays after it was last called for. Default five minutes. */
  readonly transitionMs?: number;
  /** Whether limits of pods on the node's disk are watched. Default true. */
  readonly localStorageLimits?: boolean;
}

export interface Eviction {
  readonly thresholds: readonly Threshold[];
  readonly podGraceSecondsMax: number;
  readonly transitionMs: number;
  readonly localStorageLimits: boolean;
}

const defaultTransitionMs = 5 * 60_000;

/** Throws an Error in upstream's words for a threshold that is wrong. */
export const evictionOf = ({
  hard = defaultHardThresholds,
  podGraceSecondsMax = 0,
  transitionMs = defaultTransitionMs,
  localStorageLimits = true,
  enforceAllocatable = true,
  ...more
}: EvictionSettings): Eviction => ({
  thresholds: parseThresholds({ hard, enforceAllocatable, ...more }),
  podGraceSecondsMax,
  transitionMs,
  localStorageLimits,
});
