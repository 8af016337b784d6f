/** Everything that happens in a cluster's namespaces of tests, kept as it is told by watches of upstream's kubectl. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { WatchRecord } from "./lifecycle-facts.ts";

const watched: readonly (readonly [string, string])[] = [
  ["namespaces", "/api/v1/namespaces"],
  ["pods", "/api/v1/pods"],
  ["events", "/api/v1/events"],
  ["endpoints", "/api/v1/endpoints"],
  ["deployments", "/apis/apps/v1/deployments"],
  ["replicasets", "/apis/apps/v1/replicasets"],
  ["statefulsets", "/apis/apps/v1/statefulsets"],
  ["daemonsets", "/apis/apps/v1/daemonsets"],
  ["controllerrevisions", "/apis/apps/v1/controllerrevisions"],
  ["jobs", "/apis/batch/v1/jobs"],
  ["cronjobs", "/apis/batch/v1/cronjobs"],
  ["endpointslices", "/apis/discovery.k8s.io/v1/endpointslices"],
];
/** Time for the watches to be open; what they would miss before it is nothing. */
const openMs = 2000;

export class Watcher implements AsyncDisposable {
  readonly #children: readonly ChildProcess[];
  readonly #records = new Map<string, WatchRecord[]>();
  #ended: string | undefined;
  #closing = false;

  private constructor(spawn: (args: readonly string[]) => ChildProcess) {
    this.#children = watched.map(([kind, path]) => {
      const child = spawn(["get", "--raw", `${path}?watch=true&resourceVersion=0`]);
      createInterface({ input: child.stdout! }).on("line", (line) => this.#take(kind, line));
      child.on("exit", () => {
        if (!this.#closing) this.#ended ??= `the watch of ${kind} ended`;
      });
      return child;
    });
  }

  static async start(spawn: (args: readonly string[]) => ChildProcess): Promise<Watcher> {
    const watcher = new Watcher(spawn);
    await sleep(openMs);
    return watcher;
  }

  #take(kind: string, line: string): void {
    const { type, object } = JSON.parse(line) as WatchRecord;
    const { namespace, name } = object.metadata as { namespace?: string; name: string };
    const key = kind === "namespaces" ? name : (namespace ?? "");
    const records = this.#records.get(key) ?? [];
    records.push({ kind, type, object });
    this.#records.set(key, records);
  }

  /** Throws when a watch ended on the way: the record would not be whole. */
  recordsOf(namespace: string): readonly WatchRecord[] {
    if (this.#ended !== undefined) throw new Error(this.#ended);
    return [...(this.#records.get(namespace) ?? [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    for (const child of this.#children) child.kill();
  }
}
