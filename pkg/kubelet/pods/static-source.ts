/** Pods from files in a directory: what a node runs without asking anybody. Upstream's names, hashes and annotations. */
import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { configHashAnnotation, configSourceAnnotation } from "./pod.ts";

export interface StaticPodOptions {
  readonly directory: string;
  /** Fills in what a manifest leaves out, as the API server would. */
  readonly setDefaults: (pod: Pod) => void;
}

interface SourceOptions extends StaticPodOptions {
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly changed: () => void;
}

/** The directory is read this often though no change was told of. */
const readEveryMs = 20_000;
const manifestBytesMax = 10 * 1024 * 1024;

interface Manifest {
  readonly text: string;
  readonly path: string;
  readonly nodeName: string;
  readonly setDefaults: (pod: Pod) => void;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isPod(value: unknown): value is Pod {
  if (!isRecord(value) || value["kind"] !== "Pod" || value["apiVersion"] !== "v1") return false;
  const { metadata, spec } = value;
  return (
    isRecord(metadata) && typeof metadata["name"] === "string" && isRecord(spec) && Array.isArray(spec["containers"])
  );
}

/** Pure. Throws Error for what is no pod. The uid is a hash, so a changed manifest is another pod. */
export function parseStaticPod({ text, path, nodeName, setDefaults }: Manifest): Pod {
  const found: unknown = parse(text);
  if (!isPod(found)) throw new Error("the file does not hold a pod of v1 with a name and containers");
  const { metadata, spec } = found;
  const name = `${metadata.name}-${nodeName.toLowerCase()}`;
  const uid =
    metadata.uid ??
    createHash("md5")
      .update(JSON.stringify([nodeName, path, found]))
      .digest("hex");
  const tolerations = [...(spec.tolerations ?? []), { operator: "Exists", effect: "NoExecute" } as const];
  const annotations = { ...metadata.annotations, [configHashAnnotation]: uid, [configSourceAnnotation]: "file" };
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name, uid, namespace: metadata.namespace || "default", annotations },
    spec: { ...spec, nodeName, tolerations },
    status: { phase: "Pending" },
  };
  setDefaults(pod);
  return pod;
}

export class StaticPodSource implements Disposable {
  readonly #options: SourceOptions;
  #pods = new Map<string, Pod>();
  #watcher: FSWatcher | undefined;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  /** By uid. */
  get pods(): ReadonlyMap<string, Pod> {
    return this.#pods;
  }

  /** Reads all files; one that holds no pod is told of and left out. A directory that is not there holds nothing. */
  async read(): Promise<void> {
    const { directory } = this.#options;
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const found = new Map<string, Pod>();
    for (const name of names.filter((entry) => !entry.startsWith(".")).toSorted()) {
      const pod = await this.#readFile(join(directory, name));
      if (pod) found.set(pod.metadata.uid ?? "", pod);
    }
    this.#pods = found;
  }

  async #readFile(path: string): Promise<Pod | undefined> {
    const { log, nodeName, setDefaults } = this.#options;
    try {
      const info = await stat(path);
      if (!info.isFile()) return undefined;
      if (info.size > manifestBytesMax) throw new Error(`the file has more than ${manifestBytesMax} bytes`);
      return parseStaticPod({ text: await readFile(path, "utf8"), path, nodeName, setDefaults });
    } catch (error) {
      log.warn({ err: error, path }, "a static pod was not read");
      return undefined;
    }
  }

  /** Runs until the signal aborts; tells after each reading. */
  async run(): Promise<void> {
    const { clock, signal, changed, log } = this.#options;
    while (!signal.aborted) {
      // Watching before reading: what changes in between is read again.
      const changing = this.#untilChanged();
      await this.read().catch((err: unknown) => log.warn({ err }, "the static pods were not read"));
      changed();
      await Promise.race([changing, clock.sleep(readEveryMs, signal).catch(() => undefined)]);
      this[Symbol.dispose]();
    }
  }

  #untilChanged(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    try {
      this.#watcher = watch(this.#options.directory, { persistent: false }, () => resolve());
      // A directory that vanishes is found by the next reading.
      this.#watcher.on("error", () => undefined);
    } catch {
      // It is not there yet: the next reading looks again.
    }
    return promise;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
