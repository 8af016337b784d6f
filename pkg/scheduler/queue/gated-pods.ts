/** Pods that preEnqueue plugins hold, by the plugin that does. */
import type { QueuedPod } from "./scheduling-queue.ts";

export class GatedPods {
  readonly #gateOf = new Map<string, string>();
  readonly #byGate = new Map<string, Map<string, QueuedPod>>();

  get size(): number {
    return this.#gateOf.size;
  }

  /** Names of the plugins that hold any. */
  get gates(): Iterable<string> {
    return this.#byGate.keys();
  }

  heldBy(gate: string): Iterable<QueuedPod> {
    return this.#byGate.get(gate)?.values() ?? [];
  }

  get(key: string): QueuedPod | undefined {
    return this.#byGate.get(this.#gateOf.get(key) ?? "")?.get(key);
  }

  set(gate: string, pod: QueuedPod): void {
    const { key } = pod.info;
    this.delete(key);
    const pods = this.#byGate.get(gate) ?? new Map<string, QueuedPod>();
    this.#byGate.set(gate, pods.set(key, pod));
    this.#gateOf.set(key, gate);
  }

  delete(key: string): boolean {
    const gate = this.#gateOf.get(key);
    if (gate === undefined) return false;
    this.#gateOf.delete(key);
    const pods = this.#byGate.get(gate);
    pods?.delete(key);
    if (pods?.size === 0) this.#byGate.delete(gate);
    return true;
  }
}
