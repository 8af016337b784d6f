/** Measures the node for the eviction signals: some small files of the kernel and a look at each file system. */
import { stat } from "node:fs/promises";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { CgroupManager } from "../cgroups/manager.ts";
import type { ImageFileSystem } from "../images/file-system.ts";
import { type FileSystemUsage, readFileSystem } from "../node/file-system.ts";
import { readNodeMemory } from "../node/memory.ts";
import { readProcesses } from "../node/processes.ts";
import type { FileSystemLayout } from "./filesystems.ts";
import type { Observation, Observations, Signal } from "./signals.ts";

export interface NodeMeterOptions {
  readonly cgroups: Pick<CgroupManager, "machineUsage" | "podsUsage">;
  readonly imageFileSystem: ImageFileSystem;
  /** Of the kubelet. */
  readonly rootDir: string;
  readonly log: Logger;
}

export class NodeMeter {
  readonly #options: NodeMeterOptions;

  constructor(options: NodeMeterOptions) {
    this.#options = options;
  }

  /** Which file systems are one. Rejects while the runtime does not tell where its images are. */
  async layout(): Promise<FileSystemLayout> {
    const { imageFileSystem, rootDir } = this.#options;
    const { images, containers } = await imageFileSystem.places();
    const [root, imageFs, containerFs] = await Promise.all([stat(rootDir), stat(images), stat(containers)]);
    if (imageFs.dev !== containerFs.dev) return "split";
    return imageFs.dev === root.dev ? "shared" : "images";
  }

  /** What could not be read is not in the answer; never rejects. */
  async observe(): Promise<Observations> {
    const { rootDir, imageFileSystem } = this.#options;
    const observations = new Map<Signal, Observation>();
    const place = async (name: "images" | "containers") => readFileSystem((await imageFileSystem.places())[name]);
    await Promise.all([
      this.#try("memory", () => this.#memory(observations)),
      this.#try("processes", () => this.#processes(observations)),
      this.#try("nodefs", async () => addFileSystem(observations, "nodefs", await readFileSystem(rootDir))),
      this.#try("imagefs", async () => addFileSystem(observations, "imagefs", await place("images"))),
      this.#try("containerfs", async () => addFileSystem(observations, "containerfs", await place("containers"))),
    ]);
    return observations;
  }

  async #try(what: string, measure: () => Promise<void>): Promise<void> {
    try {
      await measure();
    } catch (err) {
      this.#options.log.warn({ err, what }, "the node could not be measured for eviction");
    }
  }

  async #memory(observations: Map<Signal, Observation>): Promise<void> {
    const { cgroups } = this.#options;
    const [{ capacityBytes, availableBytes }, { workingSetBytes }] = await Promise.all([
      readNodeMemory(cgroups),
      cgroups.podsUsage(),
    ]);
    observations.set("memory.available", { available: availableBytes, capacity: capacityBytes });
    if (workingSetBytes === undefined) return;
    // Nothing of the node is reserved for others: pods together may have all of it.
    const available = Math.max(0, capacityBytes - workingSetBytes);
    observations.set("allocatableMemory.available", { available, capacity: capacityBytes });
  }

  async #processes(observations: Map<Signal, Observation>): Promise<void> {
    const processes = await readProcesses();
    if (!processes) return;
    observations.set("pid.available", { available: processes.max - processes.running, capacity: processes.max });
  }
}

function addFileSystem(
  observations: Map<Signal, Observation>,
  name: "nodefs" | "imagefs" | "containerfs",
  usage: FileSystemUsage,
): void {
  observations.set(`${name}.available`, { available: usage.availableBytes, capacity: usage.capacityBytes });
  observations.set(`${name}.inodesFree`, { available: usage.inodesFree, capacity: usage.inodes });
}
