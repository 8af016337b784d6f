/** Mirror pods: what the API shows of pods that this node runs from files. They follow the node, never the other way. */
import type { Pod } from "#api/types/core/v1";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import { configHashAnnotation, configMirrorAnnotation, isMirror, nameOf, namespaceOf, uidOf } from "./pod.ts";

export interface MirrorPlan {
  readonly create: readonly Pod[];
  readonly remove: readonly Readonly<Pod>[];
}

const keyOf = (pod: Pod): string => `${namespaceOf(pod)}/${nameOf(pod)}`;

/** The uid of the static pod that a mirror shows. */
export const mirroredUid = (mirror: Readonly<Pod>): string =>
  mirror.metadata.annotations?.[configMirrorAnnotation] ?? "";

/** Pure: mirrors of nothing, of an older manifest, or that somebody deletes go; who has none gets one. */
export function planMirrors(statics: readonly Pod[], inApi: readonly Readonly<Pod>[]): MirrorPlan {
  const byKey = new Map(statics.map((pod) => [keyOf(pod), pod]));
  const taken = new Set(inApi.map(keyOf));
  const isStale = (mirror: Readonly<Pod>): boolean =>
    mirror.metadata.deletionTimestamp !== undefined || byKey.get(keyOf(mirror))?.metadata.uid !== mirroredUid(mirror);
  return {
    create: statics.filter((pod) => !taken.has(keyOf(pod))),
    remove: inApi.filter((pod) => isMirror(pod) && isStale(pod)),
  };
}

export interface MirrorOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export class MirrorPods {
  readonly #options: MirrorOptions;
  #running = false;
  #again = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /** Brings the API in line with `observe()`; one run at a time, a call during one makes another follow. */
  async reconcile(observe: () => MirrorPlan): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#again && !this.#options.signal.aborted) {
        this.#again = false;
        const { create, remove } = observe();
        for (const mirror of remove) await this.#attempt(mirror, () => this.#remove(mirror));
        for (const pod of create) await this.#attempt(pod, () => this.#create(pod));
      }
    } finally {
      this.#running = false;
    }
  }

  /** A failure is told of; the next relist tries again. */
  async #attempt(pod: Readonly<Pod>, task: () => Promise<void>): Promise<void> {
    const { log, signal } = this.#options;
    try {
      await task();
    } catch (error) {
      const { reason } = StatusError.from(error);
      if (signal.aborted || reason === "NotFound" || reason === "AlreadyExists" || reason === "Conflict") return;
      log.warn({ err: error, pod: keyOf(pod) }, "a mirror pod was not brought in line");
    }
  }

  async #create(pod: Pod): Promise<void> {
    const { client, nodeName, signal } = this.#options;
    const node = await client.nodes.get({ name: nodeName }, { signal });
    const { uid: _, ...metadata } = pod.metadata;
    const hash = metadata.annotations?.[configHashAnnotation] ?? uidOf(pod);
    const owner = { apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata.uid ?? "", controller: true };
    const mirror: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...metadata,
        annotations: { ...metadata.annotations, [configMirrorAnnotation]: hash },
        ownerReferences: [owner],
      },
      spec: pod.spec,
    };
    await client.pods.create(mirror, { signal });
  }

  async #remove(mirror: Readonly<Pod>): Promise<void> {
    const { client, signal } = this.#options;
    const address = { namespace: namespaceOf(mirror), name: nameOf(mirror) };
    const body = { gracePeriodSeconds: 0, preconditions: { uid: uidOf(mirror) } };
    await client.pods.delete(address, { signal, body });
  }
}
