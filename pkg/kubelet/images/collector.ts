/**
 * Removes images that nobody uses when their file system fills up, or when they have not been used for long. Images of
 * containers, pinned ones and the one that sandboxes are made of stay.
 */
import { Counter } from "prom-client";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { formatDuration } from "#pkg/apimachinery/time/index.ts";
import type { Cri } from "../cri/client.ts";
import { readFileSystem } from "../node/file-system.ts";
import type { PodEvents } from "../pods/events.ts";
import type { ImageFileSystem } from "./file-system.ts";
import {
  type CollectionPolicy,
  type ImageRecord,
  type ImageRecords,
  insufficientMessage,
  isTooOld,
  isTooYoung,
  removalOrder,
  seeImages,
  shortageOf,
} from "./plan.ts";
import { sandboxImageOf } from "./sandbox-image.ts";

export interface ImageCollectorOptions {
  readonly cri: Pick<Cri, "runtime" | "image">;
  readonly fileSystem: ImageFileSystem;
  readonly policy: CollectionPolicy;
  readonly nodeName: string;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const periodMs = 5 * 60_000;

interface Freed {
  readonly bytes: number;
  readonly failures: readonly string[];
}

export class ImageCollector {
  /** In no registry yet: the kubelet's server has that. */
  readonly collected = new Counter({
    name: "kubelet_image_garbage_collected_total",
    help: "Total number of images garbage collected by the kubelet, whether through disk usage or image age.",
    labelNames: ["reason"],
    registers: [],
  });
  readonly #options: ImageCollectorOptions;
  readonly #beganAt: number;
  #records: ImageRecords = new Map();

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
    this.#beganAt = options.clock.now();
  }

  /** Until the signal; never rejects. */
  async run(): Promise<void> {
    const { policy, clock, signal } = this.#options;
    const isOff = policy.highThresholdPercent === 100 && policy.ageMsMax === 0;
    let failedBefore = false;
    while (!signal.aborted) {
      // Images must be known for some time before they may go, also where only a full disk asks for that.
      const failure = await (isOff ? this.#candidates() : this.collect()).then(() => undefined, asError);
      if (failure && !signal.aborted) this.#tell(failure, failedBefore);
      failedBefore = failure !== undefined;
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  #tell(failure: Error, repeated: boolean): void {
    const { log } = this.#options;
    log.warn({ err: failure }, "images were not collected");
    if (repeated) this.#event("ImageGCFailed", failure.message);
  }

  #event(reason: string, message: string): void {
    const { events, nodeName } = this.#options;
    events.node({ metadata: { name: nodeName } }, "Warning", reason, message);
  }

  /** One round. Rejects with Error, in upstream's words, when there is less room than there should be afterwards. */
  async collect(): Promise<void> {
    const { policy, fileSystem } = this.#options;
    const images = await this.#freeOld(await this.#candidates());
    const { capacityBytes, availableBytes } = await readFileSystem((await fileSystem.places()).images);
    if (capacityBytes === 0) {
      const message = "invalid capacity 0 on image filesystem";
      this.#event("InvalidDiskCapacity", message);
      throw new Error(message);
    }
    const shortage = shortageOf({ capacityBytes, availableBytes }, policy);
    if (!shortage) return;
    const freedBytes = await this.#freeSpace(images, shortage.bytesToFree);
    if (freedBytes >= shortage.bytesToFree) return;
    const message = insufficientMessage({ ...shortage, capacityBytes, freedBytes });
    this.#event("FreeDiskSpaceFailed", message);
    throw new Error(message);
  }

  /** Everything that nobody uses. Rejects when one could not be removed. */
  async removeUnused(): Promise<void> {
    await this.#freeSpace(await this.#candidates(), Number.MAX_SAFE_INTEGER);
  }

  async #candidates(): Promise<ImageRecord[]> {
    const { cri, clock, signal } = this.#options;
    const [{ images }, { containers }] = await Promise.all([
      cri.image("ListImages", {}, { signal }),
      cri.runtime("ListContainers", {}, { signal }),
    ]);
    const inUse = new Set(containers.map(({ imageId, imageRef }) => imageId || imageRef));
    // Older runtimes do not pin it, and without it no pod could begin.
    const sandboxes = await sandboxImageOf(cri, images, signal);
    if (sandboxes !== undefined) inUse.add(sandboxes);
    this.#records = seeImages(this.#records, { images, inUse, now: clock.now() });
    return removalOrder(this.#records, inUse);
  }

  /** Returns those that stay. */
  async #freeOld(images: readonly ImageRecord[]): Promise<readonly ImageRecord[]> {
    const { policy, clock } = this.#options;
    const now = clock.now();
    // Before that nobody knows when they were used last.
    if (policy.ageMsMax === 0 || now - this.#beganAt <= policy.ageMsMax) return images;
    const old = images.filter((image) => isTooOld(image, policy, now));
    const { failures } = await this.#remove(old, { reason: "age", bytesToFree: Infinity });
    if (failures.length > 0) {
      const age = formatDuration(policy.ageMsMax);
      throw new Error(
        `wanted to free images older than ${age}, encountered errors in image deletion: ${aggregate(failures)}`,
      );
    }
    return images.filter((image) => !old.includes(image));
  }

  async #freeSpace(images: readonly ImageRecord[], bytesToFree: number): Promise<number> {
    const { policy, clock } = this.#options;
    const now = clock.now();
    const ripe = images.filter((image) => !isTooYoung(image, policy, now));
    const { bytes, failures } = await this.#remove(ripe, { reason: "space", bytesToFree });
    if (failures.length > 0) {
      throw new Error(
        `wanted to free ${bytesToFree} bytes, but freed ${bytes} bytes space with errors in image deletion: ${aggregate(failures)}`,
      );
    }
    return bytes;
  }

  async #remove(
    images: readonly ImageRecord[],
    { reason, bytesToFree }: { readonly reason: "age" | "space"; readonly bytesToFree: number },
  ): Promise<Freed> {
    const { cri, log, signal } = this.#options;
    const failures: string[] = [];
    let bytes = 0;
    for (const image of images) {
      if (bytes >= bytesToFree) break;
      try {
        await cri.image("RemoveImage", { image: { image: image.id } }, { signal });
      } catch (error) {
        failures.push(asError(error).message);
        continue;
      }
      bytes += image.bytes;
      this.#records = new Map([...this.#records].filter(([id]) => id !== image.id));
      this.collected.inc({ reason });
      log.info({ image: image.id, bytes: image.bytes, reason }, "an unused image was removed");
    }
    return { bytes, failures };
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Several errors as upstream joins them. */
const aggregate = (failures: readonly string[]): string => {
  const different = [...new Set(failures)];
  return different.length === 1 ? (different[0] ?? "") : `[${different.join(", ")}]`;
};
