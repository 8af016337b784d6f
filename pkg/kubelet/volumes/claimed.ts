/** Volumes behind claims: finds what a claim is bound to, and makes it stand. */
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "#api/types/core/v1";
import { isReachable } from "#pkg/apimachinery/volumes/matching.ts";
import type { Paths } from "../paths.ts";
import type { PodEvents } from "../pods/events.ts";
import { containersOf, namespaceOf } from "../pods/pod.ts";
import { volumeStep } from "./errors.ts";
import { ensureHostPath } from "./host-path.ts";
import { LocalVolumes } from "./local.ts";
import type { MountedVolume } from "./manager.ts";

/** What a claim is bound to, and where this node is. Rejects with StatusError. */
export interface ClaimSource {
  claim(namespace: string, name: string): Promise<Readonly<PersistentVolumeClaim>>;
  volume(name: string): Promise<Readonly<PersistentVolume>>;
  nodeLabels(): Promise<Readonly<Record<string, string>>>;
}

export interface ClaimedOptions {
  readonly paths: Paths;
  readonly claims: ClaimSource;
  readonly events: PodEvents;
  readonly signal: AbortSignal;
}

export class ClaimedVolumes {
  readonly #claims: ClaimSource;
  readonly #local: LocalVolumes;

  constructor(options: ClaimedOptions) {
    this.#claims = options.claims;
    this.#local = new LocalVolumes(options);
  }

  /** Idempotent. Rejects with Error, or with VolumeError where a step has words of its own. */
  async mount(pod: Pod, podVolume: Volume, claimName: string): Promise<MountedVolume> {
    const volume = await this.#boundTo(pod, claimName);
    const { metadata, spec } = volume;
    const { name = "" } = metadata;
    const mode = spec?.volumeMode ?? "Filesystem";
    requireMode(pod, podVolume.name, mode);
    const operation = mode === "Block" ? "MapVolume" : "MountVolume";
    await volumeStep(`${operation}.NodeAffinity check failed`, name, () => this.#requireReachable(volume));
    const readOnly = podVolume.persistentVolumeClaim?.readOnly === true;
    if (spec?.local) return this.#local.mount({ pod, name, spec, readOnly });
    if (!spec?.hostPath) throw new Error(`persistent volume ${name} is of a kind that this kubelet does not serve`);
    await ensureHostPath(spec.hostPath);
    return { path: spec.hostPath.path, readOnly };
  }

  /** Takes down what no pod uses any more. */
  release(): Promise<void> {
    return this.#local.release();
  }

  async #boundTo(pod: Pod, claimName: string): Promise<Readonly<PersistentVolume>> {
    const { spec, status } = await this.#claims.claim(namespaceOf(pod), claimName);
    if (status?.phase !== "Bound" || !spec?.volumeName) {
      throw new Error(`PVC ${namespaceOf(pod)}/${claimName} is not bound`);
    }
    return this.#claims.volume(spec.volumeName);
  }

  async #requireReachable(volume: Readonly<PersistentVolume>): Promise<void> {
    if (!volume.spec?.nodeAffinity) return;
    if (!isReachable(volume, { labels: await this.#claims.nodeLabels() }))
      throw new Error("no matching NodeSelectorTerms");
  }
}

/** Containers mount file systems, and are given devices; not the other way round. */
function requireMode(pod: Pod, name: string, mode: string): void {
  const containers = containersOf(pod).map(({ container }) => container);
  const isNamed = (each: { readonly name: string }): boolean => each.name === name;
  if (mode !== "Filesystem" && containers.some(({ volumeMounts }) => volumeMounts?.some(isNamed))) {
    throw new Error(`volume ${name} has volumeMode ${mode}, but is specified in volumeMounts`);
  }
  if (mode !== "Block" && containers.some(({ volumeDevices }) => volumeDevices?.some(isNamed))) {
    throw new Error(`volume ${name} has volumeMode ${mode}, but is specified in volumeDevices`);
  }
}
