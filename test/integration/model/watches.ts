/** A watch that is begun again where it ended, as informers do, and everything that each of its lives was told. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Seen } from "./history.ts";
import type { Http } from "./http.ts";
import type { WatchEvent, WatchLog } from "./operations.ts";
import { type ObjectBody, pathOf, seenOf } from "./workload.ts";

const retryMs = 30;

interface Line {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: ObjectBody & {
    readonly code?: number;
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  };
}

export interface FollowOptions {
  readonly name: string;
  readonly namespace: string;
  readonly color?: string;
  /** Each life begins with the state, as `sendInitialEvents` gives it; else with the position of the life before. */
  readonly state: boolean;
  readonly server: () => Http;
}

class Life {
  readonly items: Seen[] = [];
  readonly events: WatchEvent[] = [];
  initialRevision: number | undefined;
  bookmark = 0;
  expired = false;
  readonly after: number | undefined;

  constructor(after: number | undefined) {
    this.after = after;
  }

  get position(): number | undefined {
    const last = this.events.at(-1)?.seen.revision ?? 0;
    return Math.max(last, this.bookmark, this.initialRevision ?? 0, this.after ?? 0) || undefined;
  }

  /** False: it is over. */
  take({ type, object }: Line): boolean {
    if (type === "ERROR") {
      if (object.code !== 410) throw new Error(`a watch was told ${JSON.stringify(object)}`);
      this.expired = true;
      return false;
    }
    const revision = Number(object.metadata.resourceVersion);
    if (type === "BOOKMARK") {
      const ends = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
      if (ends) this.initialRevision = revision;
      else this.bookmark = Math.max(this.bookmark, revision);
    } else if (this.after === undefined && this.initialRevision === undefined) this.items.push(seenOf(object));
    else this.events.push({ type, seen: seenOf(object) });
    return true;
  }

  log({ name, namespace, color }: FollowOptions, life: number, live: boolean): WatchLog {
    const { items, initialRevision: revision, after, events, bookmark, expired } = this;
    const initial = revision === undefined ? undefined : { items, revision };
    return { name: `${name}.${life}`, namespace, color, after, initial, events, bookmark, expired, live };
  }
}

export class Follower implements AsyncDisposable {
  readonly #options: FollowOptions;
  readonly #lives: Life[] = [];
  readonly #running: Promise<void>;
  readonly #abort = new AbortController();
  #isOpen = false;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The newest revision that it has heard of. */
  get position(): number {
    return this.#lives.at(-1)?.position ?? 0;
  }

  get events(): number {
    return this.#lives.reduce((sum, { events }) => sum + events.length, 0);
  }

  /** Ends it. Throws what it could not make sense of. */
  async finish(): Promise<WatchLog[]> {
    const live = this.#isOpen;
    await this[Symbol.asyncDispose]();
    return this.#lives.map((life, i) => life.log(this.#options, i, live && i === this.#lives.length - 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const before = this.#lives.at(-1);
      const position = before?.expired ? undefined : before?.position;
      const life = new Life(this.#options.state ? undefined : position);
      this.#lives.push(life);
      await this.#live(life).catch((error: unknown) => {
        // A cut is part of the game; what the server said is not.
        if (error instanceof Error && error.message.startsWith("a watch was told")) throw error;
      });
      this.#isOpen = false;
      if (!signal.aborted) await sleep(retryMs);
    }
  }

  async #live(life: Life): Promise<void> {
    const { namespace, color, server } = this.#options;
    const query = new URLSearchParams({ watch: "1", allowWatchBookmarks: "true", timeoutSeconds: "300" });
    if (color) query.set("labelSelector", `color=${color}`);
    if (life.after === undefined) {
      query.set("sendInitialEvents", "true");
      query.set("resourceVersionMatch", "NotOlderThan");
    } else query.set("resourceVersion", String(life.after));
    for await (const line of server().lines(`${pathOf(namespace)}?${query}`, this.#abort.signal)) {
      this.#isOpen = true;
      if (!life.take(line as Line)) return;
    }
  }
}
