/** How many pods the controllers of some pods want. Workloads come from the caches, anything else by its scale. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Informer } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { controllerOf } from "../framework/owners.ts";
import { ServedKinds, splitApiVersion } from "../framework/served-kinds.ts";

interface Wanted {
  readonly uid: string;
  readonly replicas: number;
}

interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

export interface ExpectedScale {
  readonly scale: number;
  /** Whether there are pods that nobody controls. */
  readonly hasUnmanaged: boolean;
}

const isOneOf = ({ apiVersion }: OwnerReference, ...groups: string[]): boolean =>
  groups.includes(splitApiVersion(apiVersion).group);

export class ScaleFinder {
  readonly #kinds: ServedKinds;
  readonly #replicationControllers: Informer<Workload>;
  readonly #replicaSets: Informer<Workload>;
  readonly #deployments: Informer<Workload>;
  readonly #statefulSets: Informer<Workload>;

  constructor({ client, clock, informers }: ControllerContext) {
    this.#kinds = new ServedKinds(client, clock);
    const cacheOf = (ref: unknown) => informers.informer(ref as typeof resources.deployments) as Informer<Workload>;
    this.#replicationControllers = cacheOf(resources.replicationcontrollers);
    this.#replicaSets = cacheOf(resources.replicasets);
    this.#deployments = cacheOf(resources.deployments);
    this.#statefulSets = cacheOf(resources.statefulsets);
  }

  /** The sum over the distinct controllers of these pods. Throws an Error when one cannot be found or has no scale. */
  async expected(pods: readonly Readonly<Pod>[], signal: AbortSignal): Promise<ExpectedScale> {
    const asked = new Set<string>();
    const wanted = new Map<string, number>();
    let hasUnmanaged = false;
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (!owner) hasUnmanaged = true;
      else if (!asked.has(owner.uid)) {
        asked.add(owner.uid);
        const found = await this.#find(owner, pod.metadata.namespace ?? "", signal);
        if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
        wanted.set(found.uid, found.replicas);
      }
    }
    return { scale: [...wanted.values()].reduce((sum, count) => sum + count, 0), hasUnmanaged };
  }

  async #find(owner: OwnerReference, namespace: string, signal: AbortSignal): Promise<Wanted | undefined> {
    return this.#cached(owner, namespace) ?? (await this.#scaled(owner, namespace, signal));
  }

  #cached(owner: OwnerReference, namespace: string): Wanted | undefined {
    if (owner.kind === "ReplicationController" && isOneOf(owner, "")) {
      return look(this.#replicationControllers, owner, namespace);
    }
    if (owner.kind === "StatefulSet" && isOneOf(owner, "apps")) return look(this.#statefulSets, owner, namespace);
    if (owner.kind !== "ReplicaSet" || !isOneOf(owner, "apps", "extensions")) return undefined;
    const set = this.#replicaSets.get(`${namespace}/${owner.name}`);
    const parent = set?.metadata.uid === owner.uid ? controllerOf(set) : undefined;
    if (parent?.kind !== "Deployment") return look(this.#replicaSets, owner, namespace);
    return isOneOf(parent, "apps", "extensions") ? look(this.#deployments, parent, namespace) : undefined;
  }

  async #scaled(owner: OwnerReference, namespace: string, signal: AbortSignal): Promise<Wanted | undefined> {
    const served = await this.#kinds.ensure(owner.apiVersion, owner.kind, signal);
    const scale = await this.#kinds.scaleOf(served, { namespace, name: owner.name }, signal);
    return scale?.metadata.uid === owner.uid ? { uid: owner.uid, replicas: scale.spec.replicas ?? 0 } : undefined;
  }
}

function look(cache: Informer<Workload>, { name, uid }: OwnerReference, namespace: string): Wanted | undefined {
  const found = cache.get(`${namespace}/${name}`);
  return found?.metadata.uid === uid ? { uid, replicas: found.spec.replicas ?? 1 } : undefined;
}
