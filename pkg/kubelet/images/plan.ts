/** Which images may go, and in which order. Rules and texts are upstream's ("Garbage Collection" in the documentation). Pure. */
import { formatDuration } from "#pkg/apimachinery/time/index.ts";

export interface CollectionPolicy {
  /** In percent of the images' file system: from here images go … */
  readonly highThresholdPercent: number;
  /** … until no more than this is used. */
  readonly lowThresholdPercent: number;
  /** An image that has only just come is about to be used. */
  readonly ageMsMin: number;
  /** Unused for longer it goes in any case; 0: never. */
  readonly ageMsMax: number;
}

export const defaultCollectionPolicy: CollectionPolicy = {
  highThresholdPercent: 85,
  lowThresholdPercent: 80,
  ageMsMin: 2 * 60_000,
  ageMsMax: 0,
};

/** Throws an Error in upstream's words. */
export function ensureCollectionPolicy(policy: CollectionPolicy): void {
  const { highThresholdPercent: high, lowThresholdPercent: low, ageMsMin, ageMsMax } = policy;
  const highName = "imageGCHighThresholdPercent (--image-gc-high-threshold)";
  const lowName = "imageGCLowThresholdPercent (--image-gc-low-threshold)";
  const rules: readonly (readonly [holds: boolean, text: string])[] = [
    [isPercent(high), `${highName} ${high} must be between 0 and 100, inclusive`],
    [isPercent(low), `${lowName} ${low} must be between 0 and 100, inclusive`],
    [low < high, `${lowName} ${low} must be less than ${highName} ${high}`],
    [ageMsMax >= 0, `imageMaximumGCAge ${formatDuration(ageMsMax)} must not be negative`],
    [
      ageMsMax <= 0 || ageMsMax > ageMsMin,
      `imageMaximumGCAge ${formatDuration(ageMsMax)} must be greater than imageMinimumGCAge ${formatDuration(ageMsMin)}`,
    ],
  ];
  const broken = rules.filter(([holds]) => !holds).map(([, text]) => `invalid configuration: ${text}`);
  if (broken.length > 0) throw new Error(broken.join(", "));
}

const isPercent = (value: number): boolean => value >= 0 && value <= 100;

/** What is known of an image that is on the machine. */
export interface ImageRecord {
  readonly id: string;
  readonly bytes: number;
  readonly pinned: boolean;
  readonly firstSeenAt: number;
  /** 0: never yet. */
  readonly lastUsedAt: number;
}

export type ImageRecords = ReadonlyMap<string, ImageRecord>;

export interface ImageSighting {
  readonly images: readonly { readonly id: string; readonly size: bigint; readonly pinned: boolean }[];
  /** Ids. */
  readonly inUse: ReadonlySet<string>;
  readonly now: number;
}

/** The records after another look; what is gone is forgotten. */
export const seeImages = (before: ImageRecords, { images, inUse, now }: ImageSighting): ImageRecords =>
  new Map(
    images.map(({ id, size, pinned }) => {
      const known = before.get(id);
      const lastUsedAt = inUse.has(id) ? now : (known?.lastUsedAt ?? 0);
      const firstSeenAt = known?.firstSeenAt ?? now;
      return [id, { id, bytes: Number(size), pinned, firstSeenAt, lastUsedAt }];
    }),
  );

/** Those that may go: the longest unused first, then the longest known. */
export const removalOrder = (records: ImageRecords, inUse: ReadonlySet<string>): ImageRecord[] =>
  [...records.values()]
    .filter(({ id, pinned }) => !pinned && !inUse.has(id))
    .sort((a, b) => a.lastUsedAt - b.lastUsedAt || a.firstSeenAt - b.firstSeenAt);

/** Unused for too long, however much room there is. */
export const isTooOld = ({ lastUsedAt }: ImageRecord, { ageMsMax }: CollectionPolicy, now: number): boolean =>
  ageMsMax > 0 && now - lastUsedAt > ageMsMax;

export const isTooYoung = ({ firstSeenAt }: ImageRecord, { ageMsMin }: CollectionPolicy, now: number): boolean =>
  now - firstSeenAt < ageMsMin;

export interface Shortage {
  readonly usedPercent: number;
  readonly bytesToFree: number;
}

/** Undefined while there is room enough. */
export function shortageOf(
  { capacityBytes, availableBytes }: { readonly capacityBytes: number; readonly availableBytes: number },
  { highThresholdPercent, lowThresholdPercent }: CollectionPolicy,
): Shortage | undefined {
  const available = Math.min(capacityBytes, availableBytes);
  const usedPercent = 100 - Math.trunc((available * 100) / capacityBytes);
  if (usedPercent < highThresholdPercent) return undefined;
  return { usedPercent, bytesToFree: Math.trunc((capacityBytes * (100 - lowThresholdPercent)) / 100) - available };
}

export interface Failure extends Shortage {
  readonly capacityBytes: number;
  readonly freedBytes: number;
}

export const insufficientMessage = ({ usedPercent, capacityBytes, freedBytes }: Failure): string =>
  `Insufficient free disk space on the node's image filesystem (${usedPercent}% of ${formatSize(capacityBytes)} used). ` +
  `Failed to free sufficient space by deleting unused images (freed ${freedBytes} bytes). ` +
  "Investigate disk usage, as it could be used by active images, logs, volumes, or other data.";

const units = ["KiB", "MiB", "GiB", "TiB"] as const;

/** `512 B`, `1.5 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${Math.trunc(bytes)} B`;
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
