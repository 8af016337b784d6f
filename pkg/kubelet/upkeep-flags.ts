/** The flags of eviction and collection, as upstream names them and reads their values. */
import type { InferredOptionTypes, Options } from "yargs";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import type { EvictionSettings } from "./eviction/settings.ts";
import { defaultHardThresholds, type Statements } from "./eviction/thresholds.ts";
import type { KubeletOptions } from "./options.ts";

/** Pairs may be in one flag, or in several of the same name. */
const joined = (text: string | readonly string[]): string => [text].flat().join(",");
const pairs = { type: "string", default: "", coerce: joined } as const;
const joinedIfAny = (text: string | readonly string[] | undefined): string | undefined =>
  text === undefined ? undefined : joined(text);

export const upkeepFlags = {
  /** Absent: upstream's defaults; empty: none. */
  "eviction-hard": { type: "string", coerce: joinedIfAny },
  "eviction-soft": pairs,
  "eviction-soft-grace-period": pairs,
  "eviction-minimum-reclaim": pairs,
  "eviction-pressure-transition-period": { type: "string", default: "5m0s" },
  "eviction-max-pod-grace-period": { type: "number", default: 0 },
  "enforce-node-allocatable": { type: "string", default: "pods" },
  "local-storage-capacity-isolation": { type: "boolean", default: true },
  "minimum-image-ttl-duration": { type: "string", default: "2m0s" },
  "image-gc-high-threshold": { type: "number", default: 85 },
  "image-gc-low-threshold": { type: "number", default: 80 },
  // Upstream has these two in its configuration file only.
  "merge-default-eviction-settings": { type: "boolean", default: false, hidden: true },
  "maximum-image-ttl-duration": { type: "string", default: "0s", hidden: true },
} as const satisfies Record<string, Options>;

export type UpkeepFlags = InferredOptionTypes<typeof upkeepFlags>;

/** `a<1,b<2` with `<`, `a=1,b=2` with `=`. Throws Error in upstream's words. */
export function parsePairs(text: string, sign: "<" | "="): Statements {
  const pairs = text
    .split(",")
    .filter((word) => word !== "")
    .map((word): [string, string] => {
      const at = word.indexOf(sign);
      if (at < 0) throw new Error(`malformed pair, expect string${sign}string`);
      return [word.slice(0, at).trim(), word.slice(at + 1).trim()];
    });
  return Object.fromEntries(pairs);
}

/** Zero says nothing: upstream puts its default there. */
const durationOr = (text: string, defaultMs: number): number => parseDuration(text) || defaultMs;

const minuteMs = 60_000;

/** Throws Error in upstream's words for a value that cannot be read. */
export function upkeepOptions(flags: UpkeepFlags): Pick<KubeletOptions, "eviction" | "imageCollection"> {
  return {
    eviction: {
      ...hardOf(flags),
      soft: parsePairs(flags["eviction-soft"], "<"),
      softGracePeriods: parsePairs(flags["eviction-soft-grace-period"], "="),
      minimumReclaim: parsePairs(flags["eviction-minimum-reclaim"], "="),
      enforceAllocatable: flags["enforce-node-allocatable"].split(",").includes("pods"),
      transitionMs: durationOr(flags["eviction-pressure-transition-period"], 5 * minuteMs),
      podGraceSecondsMax: flags["eviction-max-pod-grace-period"],
      localStorageLimits: flags["local-storage-capacity-isolation"],
    },
    imageCollection: {
      highThresholdPercent: flags["image-gc-high-threshold"],
      lowThresholdPercent: flags["image-gc-low-threshold"],
      ageMsMin: durationOr(flags["minimum-image-ttl-duration"], 2 * minuteMs),
      ageMsMax: parseDuration(flags["maximum-image-ttl-duration"]),
    },
  };
}

function hardOf(flags: UpkeepFlags): Pick<EvictionSettings, "hard"> {
  const text = flags["eviction-hard"];
  if (text === undefined) return {};
  const hard = parsePairs(text, "<");
  return { hard: flags["merge-default-eviction-settings"] ? { ...defaultHardThresholds, ...hard } : hard };
}
