/**
 * The cgroups above containers: `/kubepods` by quality of service and pod, with the cgroupfs driver, for both versions.
 * Where the kernel refuses, the kubelet says so once and goes on: limits of containers still come from the runtime.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import type { Pod } from "#api/types/core/v1";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { type LinuxLimits, limitsOf, podRequirements, qosOf, sharesMin } from "../containers/qos.ts";
import { uidOf } from "../pods/pod.ts";
import { type CgroupUsage, readCgroupUsage } from "./usage.ts";

export interface Hierarchy {
  readonly path: string;
  readonly controllers: ReadonlySet<string>;
  readonly version: 1 | 2;
}

/** Mounted cgroup hierarchies; a hybrid machine's empty unified tree does not count. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const path = before.split(" ")[4] ?? "";
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup") found.push({ path, version: 1, controllers: new Set(options.split(",")) });
    else if (type === "cgroup2") found.push({ path, version: 2, controllers: new Set() });
  }
  const legacy = found.filter(
    ({ version, controllers }) => version === 1 && (controllers.has("cpu") || controllers.has("memory")),
  );
  return legacy.length > 0
    ? found.filter(({ version }) => version === 1)
    : found.filter(({ version }) => version === 2);
}

/** cgroup v2 counts CPU in weights 1..10000 where v1 has shares 2..262144. */
export const weightOfShares = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142);

export interface CgroupManagerOptions {
  /** `/` or the cgroup below which this node's pods live. */
  readonly root: string;
  readonly enabled: boolean;
  readonly log: Logger;
}

export class CgroupManager {
  readonly #options: CgroupManagerOptions;
  #hierarchies: Hierarchy[] = [];
  #warned = false;

  constructor(options: CgroupManagerOptions) {
    this.#options = options;
  }

  get base(): string {
    return `${this.#options.root.replace(/\/$/, "")}/kubepods`;
  }

  async start(): Promise<void> {
    if (!this.#options.enabled) return;
    this.#hierarchies = parseHierarchies(await readFile("/proc/self/mountinfo", "utf8"));
    for (const path of [this.base, `${this.base}/burstable`, `${this.base}/besteffort`]) await this.#make(path);
    await this.#apply(`${this.base}/besteffort`, { cpuPeriod: 0, cpuShares: sharesMin });
  }

  /** The pod's cgroup; empty where pods have none of their own. */
  parentOf(pod: Pod): string {
    if (!this.#options.enabled) return "";
    const qos = qosOf(pod);
    const middle = qos === "Guaranteed" ? "" : `/${qos.toLowerCase()}`;
    return `${this.base}${middle}/pod${uidOf(pod)}`;
  }

  async ensurePod(pod: Pod): Promise<void> {
    if (!this.#options.enabled) return;
    const path = this.parentOf(pod);
    await this.#make(path);
    await this.#apply(path, limitsOf(podRequirements(pod)));
  }

  /** Of the whole machine; undefined members where groups are not used, or the kernel does not tell. */
  machineUsage(): Promise<CgroupUsage> {
    return readCgroupUsage(this.#hierarchies, "");
  }

  /** Of all pods together. */
  podsUsage(): Promise<CgroupUsage> {
    return readCgroupUsage(this.#hierarchies, this.base);
  }

  podUsage(pod: Pod): Promise<CgroupUsage> {
    return readCgroupUsage(this.#hierarchies, this.parentOf(pod));
  }

  /** Idempotent; a cgroup that still holds something stays, and is found by the next clean-up. */
  async removePod(pod: Pod): Promise<void> {
    if (this.#options.enabled) await this.#remove(this.parentOf(pod));
  }

  /** Removes the cgroups of pods that are not (any more) on this node. */
  async removeOthers(uids: ReadonlySet<string>): Promise<void> {
    for (const { path } of this.#hierarchies) {
      for (const middle of ["", "/burstable", "/besteffort"]) {
        const names = await readdir(`${path}${this.base}${middle}`).catch(() => []);
        const gone = names.filter((name) => name.startsWith("pod") && !uids.has(name.slice(3)));
        for (const name of gone) await this.#removeTree(`${path}${this.base}${middle}/${name}`);
      }
    }
  }

  async #make(cgroup: string): Promise<void> {
    for (const { path, controllers, version } of this.#hierarchies) {
      // The runtime makes the others; cpuset would need its masks copied down first.
      if (version === 1 && !["cpu", "memory", "pids"].some((name) => controllers.has(name))) continue;
      await mkdir(`${path}${cgroup}`, { recursive: true }).catch((error: unknown) => this.#warn(error));
      if (version === 2) await this.#delegate(path, cgroup);
    }
  }

  async #delegate(path: string, cgroup: string): Promise<void> {
    const parent = `${path}${cgroup}`.slice(0, `${path}${cgroup}`.lastIndexOf("/"));
    await writeFile(`${parent}/cgroup.subtree_control`, "+cpu +memory +pids").catch((error: unknown) =>
      this.#warn(error),
    );
  }

  async #apply(cgroup: string, { cpuShares, cpuPeriod, cpuQuota, memoryLimitInBytes }: LinuxLimits): Promise<void> {
    for (const { path, controllers, version } of this.#hierarchies) {
      const write = (file: string, value: string | number): Promise<void> =>
        writeFile(`${path}${cgroup}/${file}`, String(value)).catch((error: unknown) => this.#warn(error));
      if (version === 2) {
        await write("cpu.weight", weightOfShares(cpuShares));
        await write("cpu.max", cpuQuota === undefined ? "max" : `${cpuQuota} ${cpuPeriod}`);
        await write("memory.max", memoryLimitInBytes ?? "max");
        continue;
      }
      if (controllers.has("cpu")) {
        await write("cpu.shares", cpuShares);
        await write("cpu.cfs_quota_us", cpuQuota ?? -1);
      }
      if (controllers.has("memory")) await write("memory.limit_in_bytes", memoryLimitInBytes ?? -1);
    }
  }

  async #remove(cgroup: string): Promise<void> {
    for (const { path } of this.#hierarchies) await this.#removeTree(`${path}${cgroup}`);
  }

  async #removeTree(path: string): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) await this.#removeTree(`${path}/${entry.name}`);
    await rmdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") this.#options.log.debug({ err: error }, "a cgroup was not removed");
    });
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.log.warn(
      { err: error },
      "the kernel refused a change of a cgroup; pods run without pod-level limits",
    );
  }
}
