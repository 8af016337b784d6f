/** Makes a pod's volumes stand on the host, keeps those that show API objects current, and takes all of them down. */
import { chmod, mkdir, rm, stat } from "node:fs/promises";
import type { Pod, Volume } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { claimNameOf } from "#pkg/apimachinery/volumes/pod-claims.ts";
import type { NodeFacts } from "../containers/fields.ts";
import { podRequirements } from "../containers/qos.ts";
import type { Paths } from "../paths.ts";
import type { PodEvents } from "../pods/events.ts";
import type { ReferencedObjects } from "../pods/objects.ts";
import { nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { writeAtomically } from "./atomic-writer.ts";
import { ClaimedVolumes, type ClaimSource } from "./claimed.ts";
import { volumeStep } from "./errors.ts";
import { ensureHostPath } from "./host-path.ts";
import { mountsBelow, mountTmpfs, unmount } from "./mounts.ts";
import { applyGroup } from "./ownership.ts";
import { buildPayload, isApiVolume, type PayloadSources, referencesOf } from "./payload.ts";

export interface MountedVolume {
  readonly path: string;
  /** The plugin serves it read-only, whatever the mount says. */
  readonly readOnly: boolean;
  /** The path is a device, for containers that ask for one. */
  readonly device?: boolean;
}

export interface VolumeManagerOptions {
  readonly paths: Paths;
  readonly sources: PayloadSources;
  readonly objects: ReferencedObjects;
  readonly claims: ClaimSource;
  readonly events: PodEvents;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
}

interface PodVolumes {
  pod: Pod;
  facts: NodeFacts;
  readonly mounted: Map<string, MountedVolume>;
  readonly timers: Map<string, Disposable>;
  /** Writes of one volume follow each other. */
  readonly writes: Map<string, Promise<void>>;
}

const retryRenewMs = 10_000;

export class VolumeManager implements Disposable {
  readonly #options: VolumeManagerOptions;
  readonly #pods = new Map<string, PodVolumes>();
  readonly #claimed: ClaimedVolumes;

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
    this.#claimed = new ClaimedVolumes(options);
  }

  /** Idempotent: what stands already stays. All volumes are tried; rejects with VolumeError for the first that failed. */
  async mount(pod: Pod, facts: NodeFacts): Promise<ReadonlyMap<string, MountedVolume>> {
    const uid = uidOf(pod);
    const state = this.#pods.get(uid) ?? { pod, facts, mounted: new Map(), timers: new Map(), writes: new Map() };
    this.#pods.set(uid, state);
    const changed = state.pod.metadata.resourceVersion !== pod.metadata.resourceVersion;
    state.pod = pod;
    state.facts = facts;
    const volumes = pod.spec.volumes ?? [];
    const missing = volumes.filter(({ name }) => !state.mounted.has(name));
    const results = await Promise.allSettled(missing.map((volume) => this.#setUp(state, volume)));
    if (changed) for (const volume of volumes) if (showsPod(volume)) this.#refresh(state, volume);
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    return state.mounted;
  }

  async #setUp(state: PodVolumes, volume: Volume): Promise<void> {
    const mounted = await volumeStep("MountVolume.SetUp failed", volume.name, () => this.#prepare(state, volume));
    state.mounted.set(volume.name, mounted);
  }

  async #prepare(state: PodVolumes, volume: Volume): Promise<MountedVolume> {
    const { pod } = state;
    if (volume.hostPath) {
      await ensureHostPath(volume.hostPath);
      return { path: volume.hostPath.path, readOnly: false };
    }
    if (volume.emptyDir) return { path: await this.#emptyDir(pod, volume), readOnly: false };
    if (isApiVolume(volume)) return this.#apiVolume(state, volume);
    const claimName = claimNameOf(nameOf(pod), volume);
    if (claimName !== undefined) return this.#claimed.mount(pod, volume, claimName);
    throw new Error("no volume plugin matched");
  }

  async #emptyDir(pod: Pod, volume: Volume): Promise<string> {
    const { paths } = this.#options;
    const path = paths.volumeDir(uidOf(pod), "kubernetes.io/empty-dir", volume.name);
    const { medium, sizeLimit } = volume.emptyDir ?? {};
    if (await isDirectory(path)) return path;
    await makeDirectory(path, 0o777);
    if (medium === "Memory") {
      const limit = sizeLimit ?? podRequirements(pod).limits?.["memory"];
      await mountTmpfs(path, limit === undefined ? undefined : parseQuantity(limit).value());
      await chmod(path, 0o1777);
    }
    const group = pod.spec.securityContext?.fsGroup;
    if (group !== undefined) await applyGroup(path, { group, readOnly: false });
    return path;
  }

  async #apiVolume(state: PodVolumes, volume: Volume): Promise<MountedVolume> {
    const { paths, objects } = this.#options;
    const { pod } = state;
    const uid = uidOf(pod);
    const plugin = pluginOf(volume);
    const path = paths.volumeDir(uid, plugin, volume.name);
    for (const { kind, name } of referencesOf(volume)) {
      objects.watch({ kind, name, namespace: namespaceOf(pod), podUid: uid }, () => this.#refreshAll(uid));
    }
    const existed = await isDirectory(path);
    if (!existed) {
      await makeDirectory(path, 0o777);
      // Secrets and tokens never touch a disk.
      if (plugin !== "kubernetes.io/configmap" && plugin !== "kubernetes.io/downward-api") {
        await mountTmpfs(path);
        await chmod(path, 0o1777);
      }
      const group = pod.spec.securityContext?.fsGroup;
      if (group !== undefined) await applyGroup(path, { group, readOnly: false });
    }
    await this.#write(state, volume, path);
    return { path, readOnly: true };
  }

  async #write(state: PodVolumes, volume: Volume, directory: string): Promise<void> {
    const { sources, clock } = this.#options;
    const { pod, facts } = state;
    const { files, renewAt } = await buildPayload(pod, volume, sources, facts);
    await writeAtomically({ directory, payload: files, group: pod.spec.securityContext?.fsGroup, now: clock.now() });
    if (renewAt !== undefined) this.#renewLater(state, volume, renewAt - clock.now());
  }

  #renewLater(state: PodVolumes, volume: Volume, delayMs: number): void {
    state.timers.get(volume.name)?.[Symbol.dispose]();
    state.timers.set(
      volume.name,
      this.#options.clock.after(Math.max(0, delayMs), () => this.#refresh(state, volume)),
    );
  }

  #refreshAll(uid: string): void {
    const state = this.#pods.get(uid);
    if (!state) return;
    for (const volume of state.pod.spec.volumes ?? []) if (isApiVolume(volume)) this.#refresh(state, volume);
  }

  /** Writes a volume again; one write of a volume at a time, failures are tried again later. */
  #refresh(state: PodVolumes, volume: Volume): void {
    const mounted = state.mounted.get(volume.name);
    if (!mounted || this.#pods.get(uidOf(state.pod)) !== state) return;
    const before = state.writes.get(volume.name) ?? Promise.resolve();
    const next = before
      .then(() => (this.#pods.get(uidOf(state.pod)) === state ? this.#write(state, volume, mounted.path) : undefined))
      .catch((error: unknown) => {
        this.#options.log.warn(
          { pod: uidOf(state.pod), volume: volume.name, err: error },
          "a volume was not refreshed",
        );
        this.#renewLater(state, volume, retryRenewMs);
      });
    state.writes.set(volume.name, next);
  }

  /** Stops keeping the pod's volumes current and removes its directory. Rejects when something stays mounted there. */
  async unmount(uid: string): Promise<void> {
    const { paths, objects } = this.#options;
    const state = this.#pods.get(uid);
    this.#pods.delete(uid);
    objects.release(uid);
    for (const timer of state?.timers.values() ?? []) timer[Symbol.dispose]();
    await Promise.allSettled(state?.writes.values() ?? []);
    await removePodDirectory(paths.podDir(uid));
    await this.#claimed.release();
  }

  [Symbol.dispose](): void {
    for (const { timers } of this.#pods.values()) for (const timer of timers.values()) timer[Symbol.dispose]();
    this.#pods.clear();
  }
}

/** Unmounts everything below, then removes the directory; never removes through a mount. */
export async function removePodDirectory(directory: string): Promise<void> {
  for (const path of await mountsBelow(directory)) await unmount(path);
  const left = await mountsBelow(directory);
  if (left.length > 0) throw new Error(`still mounted: ${left.join(", ")}`);
  await rm(directory, { recursive: true, force: true });
}

function pluginOf(volume: Volume): string {
  if (volume.configMap) return "kubernetes.io/configmap";
  if (volume.secret) return "kubernetes.io/secret";
  return volume.downwardAPI ? "kubernetes.io/downward-api" : "kubernetes.io/projected";
}

/** Labels and annotations may change while the pod runs. */
const showsPod = (volume: Volume): boolean =>
  Boolean(volume.downwardAPI ?? volume.projected?.sources?.some(({ downwardAPI }) => downwardAPI));

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

async function makeDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}
