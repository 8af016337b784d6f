/** Who watches a resource, by scope, so that an event finds its watchers without asking each of them. */
import type { CachedEvent } from "./stored.ts";
import { Topic, type TopicLimits } from "./topic.ts";
import { Watcher, type WatcherStart } from "./watcher.ts";

const singleScope = (key: string): string => `=${key}`;

export class WatcherSet {
  readonly #prefix: string;
  readonly #limits: TopicLimits;
  readonly #topics = new Map<string, Topic>();
  /** Scopes that are neither the resource, a namespace nor a key; compared one by one. */
  readonly #oddScopes = new Set<string>();
  readonly #watchers = new Set<Watcher>();
  /** Have events of which their readers do not know. */
  #changed: Topic[] = [];

  constructor(prefix: string, limits: TopicLimits) {
    this.#prefix = prefix;
    this.#limits = limits;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Begins a watch of what comes from now on, after `initial`. */
  open(
    scope: { readonly prefix: string; readonly single: boolean },
    start: Pick<WatcherStart, "initial" | "after" | "delivered" | "cacheRevision">,
  ): Watcher {
    const name = scope.single ? singleScope(scope.prefix) : scope.prefix;
    const watcher = new Watcher({
      ...start,
      scope: name,
      topic: this.#topic(name),
      onEnd: (ended) => this.#forget(ended),
    });
    this.#watchers.add(watcher);
    return watcher;
  }

  publish(event: CachedEvent): void {
    const { key } = event.current;
    this.#append(this.#prefix, event);
    const slash = key.indexOf("/", this.#prefix.length);
    if (slash >= 0) this.#append(key.slice(0, slash + 1), event);
    this.#append(singleScope(key), event);
    for (const scope of this.#oddScopes) if (key.startsWith(scope)) this.#append(scope, event);
  }

  /** After a batch of events: wakes each watcher once. */
  flush(): void {
    const topics = this.#changed;
    this.#changed = [];
    for (const topic of topics) topic.flush();
  }

  concerns(watcher: Watcher, keys: Iterable<string>): boolean {
    for (const key of keys) {
      if (watcher.scope === singleScope(key) || key.startsWith(watcher.scope)) return true;
    }
    return false;
  }

  failWhere(concerned: (watcher: Watcher) => boolean, error: (revision: number) => Error): void {
    for (const watcher of [...this.#watchers]) if (concerned(watcher)) watcher.fail(error(watcher.revision));
  }

  closeAll(): void {
    for (const watcher of [...this.#watchers]) watcher.close();
  }

  #append(scope: string, event: CachedEvent): void {
    const topic = this.#topics.get(scope);
    if (!topic) return;
    if (!topic.isChanged) this.#changed.push(topic);
    topic.append(event);
  }

  #topic(scope: string): Topic {
    const known = this.#topics.get(scope);
    if (known) return known;
    const topic = new Topic(this.#limits);
    this.#topics.set(scope, topic);
    if (this.#isOdd(scope)) this.#oddScopes.add(scope);
    return topic;
  }

  #isOdd(scope: string): boolean {
    if (scope.startsWith("=") || scope === this.#prefix) return false;
    const inside = scope.startsWith(this.#prefix) ? scope.slice(this.#prefix.length) : "";
    return inside.indexOf("/") !== inside.length - 1 || inside === "";
  }

  #forget(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (watcher.topic.readers.size > 0) return;
    this.#topics.delete(watcher.scope);
    this.#oddScopes.delete(watcher.scope);
  }
}
