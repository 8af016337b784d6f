/**
 * Stored objects as one version shows them: made what the schema of the version in which they are stored wants, then
 * converted, then without what the schema of this version does not name. Its defaults are for what is sent to it.
 */
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { StorageEvent, StoredObject } from "#pkg/storage/types.ts";
import type { Converter } from "./converter.ts";

type Selectable = Readonly<Record<string, string>>;

export interface ViewOptions {
  readonly apiVersion: string;
  /** In which objects are kept. */
  readonly storedApiVersion: string;
  readonly converter: Converter;
  readonly schemas: VersionSchemas;
  /** Objects that were written after this revision are tidy. */
  readonly tidySince: number;
  /** Values of field selectors beyond those of metadata; undefined: there are none. */
  readonly fieldsOf: ((object: KubeObject) => Selectable) | undefined;
}

/** What the schemas of all versions, served or not, do to objects. None changes its argument. */
export interface VersionSchemas {
  /** The object as the schema of its own version wants it: itself when it is so already. */
  tidy(object: KubeObject): KubeObject;
  /** Without what the schema of its own version does not name: itself when there is nothing. */
  prune(object: KubeObject): KubeObject;
}

interface Shown extends Pick<ViewOptions, "fieldsOf"> {
  /** Undefined: as stored. */
  readonly object: KubeObject | undefined;
  readonly isStale: boolean;
}

/** Another state of affairs over the same stored state. Immutable, as what it stands for. */
class ShownObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly isStale: boolean;
  readonly #stored: StoredObject;
  /** Undefined: as stored. */
  readonly #object: KubeObject | undefined;
  readonly #fieldsOf: ViewOptions["fieldsOf"];
  #bytes: Buffer | undefined;
  #fields: Selectable | undefined;

  constructor(stored: StoredObject, { object, isStale, fieldsOf }: Shown) {
    this.isStale = isStale;
    this.key = stored.key;
    this.revision = stored.revision;
    this.#stored = stored;
    this.#object = object;
    this.#fieldsOf = fieldsOf;
  }

  get bytes(): Buffer {
    if (!this.#object) return this.#stored.bytes;
    this.#bytes ??= encodeObject(this.#object);
    return this.#bytes;
  }

  get object(): KubeObject {
    return this.#object ?? this.#stored.object;
  }

  get labels(): Selectable {
    return this.#object ? ((this.#object.metadata.labels ?? {}) as Selectable) : this.#stored.labels;
  }

  get fields(): Selectable {
    this.#fields ??= { ...this.#stored.fields, ...this.#fieldsOf?.(this.object) };
    return this.#fields;
  }
}

export class StoredView {
  readonly #options: ViewOptions;
  readonly #start: Buffer;
  readonly #shown = new WeakMap<StoredObject, StoredObject>();
  readonly #events = new WeakMap<StorageEvent, StorageEvent>();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#start = Buffer.from(`{"apiVersion":${JSON.stringify(options.apiVersion)},`);
  }

  get isSync(): boolean {
    return this.#options.converter.isSync;
  }

  /** In the same order. Rejects as the converter does. */
  of(items: readonly StoredObject[]): readonly StoredObject[] | Promise<readonly StoredObject[]> {
    const missing = items.filter((item) => !this.#known(item));
    if (missing.length === 0) return items.map((item) => this.#known(item) as StoredObject);
    const { schemas, converter, apiVersion } = this.#options;
    const stored = missing.map(({ object }) => schemas.tidy(object));
    const converted = converter.convert(stored, apiVersion);
    const finish = (objects: readonly KubeObject[]): readonly StoredObject[] => {
      for (const [at, item] of missing.entries()) {
        this.#keep(item, stored[at] as KubeObject, objects[at] as KubeObject);
      }
      return items.map((item) => this.#known(item) as StoredObject);
    };
    return converted instanceof Promise ? converted.then(finish) : finish(converted);
  }

  /** One object; only where `isSync`. */
  one(item: StoredObject): StoredObject {
    const [shown] = this.of([item]) as readonly StoredObject[];
    return shown as StoredObject;
  }

  /** Events of the same changes, in the same order; each is made once, so that all watchers share its frames. */
  events(events: readonly StorageEvent[]): readonly StorageEvent[] | Promise<readonly StorageEvent[]> {
    const states = events.flatMap(({ current, previous }) => (previous ? [current, previous] : [current]));
    const shown = this.of(states);
    const finish = (): readonly StorageEvent[] => events.map((event) => this.#event(event));
    return shown instanceof Promise ? shown.then(finish) : finish();
  }

  #event(event: StorageEvent): StorageEvent {
    const known = this.#events.get(event);
    if (known) return known;
    const { type, revision } = event;
    const current = this.#known(event.current) as StoredObject;
    const previous = event.previous && this.#known(event.previous);
    const same = current === event.current && previous === event.previous;
    const memo = new Map<string, Buffer>();
    const made = same ? event : { type, revision, current, memo, ...(previous ? { previous } : {}) };
    this.#events.set(event, made);
    return made;
  }

  /** Undefined where work is needed first. */
  #known(item: StoredObject): StoredObject | undefined {
    const known = this.#shown.get(item);
    if (known) return known;
    if (item.revision <= this.#options.tidySince || !this.#isOwnVersion(item)) return undefined;
    if (!this.#options.fieldsOf) return item;
    const shown = new ShownObject(item, { object: undefined, isStale: false, fieldsOf: this.#options.fieldsOf });
    this.#shown.set(item, shown);
    return shown;
  }

  /** Who writes JSON puts the version first, this server and upstream alike; if not, the object is looked at. */
  #isOwnVersion({ bytes }: StoredObject): boolean {
    const start = this.#start;
    return bytes.length > start.length && start.compare(bytes, 0, start.length) === 0;
  }

  #keep(item: StoredObject, stored: KubeObject, converted: KubeObject): void {
    const { schemas, fieldsOf, storedApiVersion } = this.#options;
    const object = converted === stored ? stored : schemas.prune(converted);
    const isStale = stored !== item.object || item.object.apiVersion !== storedApiVersion;
    const isSame = object === item.object;
    const shown = { object: isSame ? undefined : object, isStale, fieldsOf };
    this.#shown.set(item, isSame && !isStale && !fieldsOf ? item : new ShownObject(item, shown));
  }
}
