/**
 * Which of the node's file systems are one: it decides what can be reclaimed where, which part of a pod's files counts for
 * whom, and whose thresholds those of the containers' files are. Pure; the rules are those of upstream's eviction manager.
 */

import type { Signal } from "./signals.ts";
import { isHard, type Threshold } from "./thresholds.ts";

/** `shared`: one for all. `images`: images and containers have their own. `split`: only images have. */
export type FileSystemLayout = "shared" | "images" | "split";

/** What a pod has on disk. */
export type DiskPart = "rootfs" | "logs" | "volumes";

const isImageSignal = (signal: Signal): boolean => signal.startsWith("imagefs.");
const isContainerSignal = (signal: Signal): boolean => signal.startsWith("containerfs.");

/** The parts of a pod that count when pods are ranked for a signal of a disk. */
export function diskPartsOf(signal: Signal, layout: FileSystemLayout): readonly DiskPart[] {
  if (layout === "shared") return ["rootfs", "logs", "volumes"];
  if (layout === "images") return isImageSignal(signal) || isContainerSignal(signal) ? ["rootfs"] : ["logs", "volumes"];
  return isImageSignal(signal) ? [] : ["logs", "volumes", "rootfs"];
}

export interface Reclaimable {
  readonly containers: boolean;
  readonly images: boolean;
}

/** What the node can give up by itself for a signal, before a pod has to go. */
export function reclaimableFor(signal: Signal, layout: FileSystemLayout): Reclaimable {
  const isDisk = /fs\./.test(signal);
  if (!isDisk) return { containers: false, images: false };
  if (layout === "shared") return { containers: true, images: true };
  const isImages = isImageSignal(signal);
  if (layout === "split") return { containers: !isImages, images: isImages };
  const isTheirs = isImages || isContainerSignal(signal);
  return { containers: isTheirs, images: isTheirs };
}

export interface ContainerThresholds {
  readonly thresholds: Threshold[];
  /** Of what was configured: upstream's words about each. */
  readonly ignored: readonly string[];
}

/** The containers' files are on one of the other two file systems: that one's thresholds are theirs, whatever was configured. */
export function withContainerThresholds(
  thresholds: readonly Threshold[],
  layout: FileSystemLayout,
): ContainerThresholds {
  const source = layout === "images" ? "imagefs." : "nodefs.";
  const own = thresholds.filter(({ signal }) => !isContainerSignal(signal));
  const derived = own
    .filter(({ signal }) => signal.startsWith(source))
    .map((threshold) => ({
      ...threshold,
      signal: threshold.signal.endsWith(".available")
        ? ("containerfs.available" as const)
        : ("containerfs.inodesFree" as const),
    }));
  const ignored = thresholds
    .filter(({ signal }) => isContainerSignal(signal))
    .map((threshold) => `found ${threshold.signal} for ${isHard(threshold) ? "hard" : "soft"} eviction. ignoring`);
  return { thresholds: [...own, ...derived], ignored };
}
