/** Pods that were promised a node by preemption and wait for its victims to go. */
import type { PodInfo } from "./cache/types.ts";

const nobody: readonly PodInfo[] = [];

export class Nominations {
  readonly #nodeByPod = new Map<string, string>();
  readonly #podsByNode = new Map<string, Map<string, PodInfo>>();

  set(pod: PodInfo, nodeName: string): void {
    this.remove(pod.key);
    this.#nodeByPod.set(pod.key, nodeName);
    const pods = this.#podsByNode.get(nodeName) ?? new Map<string, PodInfo>();
    pods.set(pod.key, pod);
    this.#podsByNode.set(nodeName, pods);
  }

  remove(key: string): void {
    const nodeName = this.#nodeByPod.get(key);
    if (nodeName === undefined) return;
    this.#nodeByPod.delete(key);
    const pods = this.#podsByNode.get(nodeName);
    pods?.delete(key);
    if (pods?.size === 0) this.#podsByNode.delete(nodeName);
  }

  nodeOf(key: string): string | undefined {
    return this.#nodeByPod.get(key);
  }

  on(nodeName: string): readonly PodInfo[] {
    const pods = this.#podsByNode.get(nodeName);
    return pods ? [...pods.values()] : nobody;
  }
}
