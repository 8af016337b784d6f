/** What keeps the node in order beside its pods: eviction under pressure, unused images, dead containers. */
import type { Pod } from "#api/types/core/v1";
import { type EvictablePod, EvictionManager } from "./eviction/manager.ts";
import { NodeMeter } from "./eviction/node-meter.ts";
import { PodMeter } from "./eviction/pod-meter.ts";
import type { PressureCondition } from "./eviction/signals.ts";
import { ImageCollector } from "./images/collector.ts";
import { ImageFileSystem } from "./images/file-system.ts";
import { defaultCollectionPolicy } from "./images/plan.ts";
import type { Refusal } from "./node/admission.ts";
import type { Base, Rooms } from "./rooms.ts";
import { DeadContainers, type PodStates } from "./workers/dead-containers.ts";

/** Of whose pods the node is looked after. */
export interface PodsOfNode {
  readonly workers: Iterable<EvictablePod>;
  states(): PodStates;
}

export class Upkeep {
  readonly #eviction: EvictionManager;
  readonly #images: ImageCollector;
  readonly #dead: DeadContainers;
  #states: () => PodStates = () => new Map();

  constructor(base: Base, { observer, cgroups }: Rooms) {
    const { cri, clock, events, log, signal, paths, options, eviction } = base;
    const { nodeName, rootDir } = options;
    const common = { cri, clock, events, log, signal, nodeName };
    const imageFileSystem = new ImageFileSystem(cri);
    const policy = { ...defaultCollectionPolicy, ...options.imageCollection };
    this.#images = new ImageCollector({ ...common, fileSystem: imageFileSystem, policy });
    this.#dead = new DeadContainers({ ...common, observer });
    this.#eviction = new EvictionManager({
      ...common,
      eviction,
      nodeMeter: new NodeMeter({ cgroups, imageFileSystem, rootDir, log }),
      podMeter: new PodMeter({ cri, cgroups, paths, signal }),
      reclaim: {
        containers: () => this.#dead.remove(this.#states(), { ofEnded: true }),
        images: () => this.#images.removeUnused(),
      },
    });
  }

  /** What the node runs short of. */
  readonly pressure = (): readonly PressureCondition[] => this.#eviction.conditions;

  /** Undefined admits. */
  readonly refusalOf = (pod: Pod): Refusal | undefined => this.#eviction.refusalOf(pod);

  get collectors() {
    return [...Object.values(this.#eviction.metrics), this.#images.collected];
  }

  /** Until the signal; never rejects. */
  async run(pods: PodsOfNode): Promise<void> {
    this.#states = () => pods.states();
    await Promise.all([
      this.#eviction.run(() => pods.workers),
      this.#images.run(),
      this.#dead.run(() => pods.states()),
    ]);
  }
}
