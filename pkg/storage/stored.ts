/** An object as the cache holds it. */
import { parseJsonValue } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { spliceResourceVersion } from "./splice.ts";
import type { StorageEvent, StoredObject, StoreSpec, WatchEventType } from "./types.ts";

type Selectable = Readonly<Record<string, string>>;

/** Nothing is inherited from it: names come from users. */
function Names(): void {}
Names.prototype = Object.create(null);

/** An object whose names share a hidden class with others of the same names; one without a prototype is a hash table. */
const noNames = (): Record<string, string> => new (Names as unknown as new () => Record<string, string>)();

const none: Selectable = Object.freeze(noNames());

/** Copied, so that the parsed object can be collected. */
function copyStrings(from: Readonly<Record<string, string>> | undefined): Selectable {
  if (!from) return none;
  const names = Object.keys(from);
  if (names.length === 0) return none;
  const copy = noNames();
  for (const name of names) copy[name] = String(from[name] ?? "");
  return copy;
}

/** Bytes for good; what selectors need once somebody selects; the parsed object for as long as somebody uses it. */
export class CachedObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Buffer;
  readonly #spec: StoreSpec;
  #labels: Selectable | undefined;
  #fields: Selectable | undefined;
  #parsed: WeakRef<KubeObject> | undefined;

  constructor(key: string, revision: number, bytes: Buffer, spec: StoreSpec) {
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.#spec = spec;
  }

  get object(): KubeObject {
    const known = this.#parsed?.deref();
    if (known) return known;
    const parsed = this.#parse();
    this.#parsed = new WeakRef(parsed);
    return parsed;
  }

  get labels(): Selectable {
    if (!this.#labels) this.extract(this.object);
    return this.#labels ?? none;
  }

  get fields(): Selectable {
    if (!this.#fields) this.extract(this.object);
    return this.#fields ?? none;
  }

  /** Reads labels and fields now; `object` must be this very state, and `fields` its. Without it, parses and lets go. */
  extract(object: KubeObject = this.#parse(), fields?: Selectable): void {
    this.#labels = copyStrings(object.metadata?.labels);
    this.#fields = fields ?? copyStrings(this.#spec.fieldsOf(object));
  }

  /** The same state at another revision: what a deletion's event shows. */
  at(revision: number): CachedObject {
    const copy = new CachedObject(this.key, revision, spliceResourceVersion(this.bytes, revision), this.#spec);
    copy.#labels = this.#labels;
    copy.#fields = this.#fields;
    return copy;
  }

  #parse(): KubeObject {
    return parseJsonValue(this.bytes.toString()) as KubeObject;
  }
}

/** An object from the bytes that etcd holds. Throws SyntaxError for what is no JSON object. */
export function cacheObject(of: { key: string; value: Buffer; revision: number }, spec: StoreSpec): CachedObject {
  const json = spec.toJson ? spec.toJson(of.value, of.key) : of.value;
  const object = new CachedObject(of.key, of.revision, spliceResourceVersion(json, of.revision), spec);
  if (spec.indexed.length > 0) object.extract();
  return object;
}

/** What somebody writes who knows what it says. */
export interface WrittenObject {
  readonly json: Buffer;
  readonly object: KubeObject;
  /** Its selectable fields, kept as they are; absent: to be read. */
  readonly fields?: Selectable | undefined;
}

/** An object whose parsed form is at hand. */
export function ownObject(
  key: string,
  revision: number,
  { json, object, fields }: WrittenObject,
  spec: StoreSpec,
): CachedObject {
  const cached = new CachedObject(key, revision, spliceResourceVersion(json, revision), spec);
  cached.extract(object, fields);
  return cached;
}

/** One committed change; its map of frames is made when the first frame is. */
export class CachedEvent implements StorageEvent {
  readonly type: WatchEventType;
  readonly revision: number;
  readonly current: StoredObject;
  readonly previous?: StoredObject;
  #memo: Map<string, Buffer> | undefined;

  constructor(type: WatchEventType, current: StoredObject, previous?: StoredObject) {
    this.type = type;
    this.revision = current.revision;
    this.current = current;
    if (previous) this.previous = previous;
  }

  get memo(): Map<string, Buffer> {
    this.#memo ??= new Map();
    return this.#memo;
  }

  /** What keeping this event costs, beyond what the cache holds anyway. */
  get weightBytes(): number {
    return this.current.bytes.length + (this.previous?.bytes.length ?? 0) + 200;
  }
}
