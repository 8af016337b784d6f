/**
 * What a stream of watch events says, reduced to what does not depend on timing: for each field of each object the values it
 * went through, in order, and for each object what was told about it in Events.
 */
import { normalize } from "./normal.ts";

export interface WatchRecord {
  /** Plural resource. */
  readonly kind: string;
  readonly type: string;
  readonly object: ObjectLike;
}

interface ObjectLike {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  readonly [field: string]: unknown;
}

interface EventLike {
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly fieldPath?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly reportingComponent?: string;
}

/** Path of a field, after the object → the values it had one after the other, none twice in a row. */
export type Facts = ReadonlyMap<string, readonly string[]>;

/** Set by the clock, by chance or by the machine, or other names for what another field says. */
const ignored = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "selfLink",
  "creationTimestamp",
  "lastTransitionTime",
  "lastUpdateTime",
  "lastProbeTime",
  "startTime",
  "startedAt",
  "finishedAt",
  "completionTime",
  "lastScheduleTime",
  "lastSuccessfulTime",
  "containerID",
  "imageID",
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "ip",
  "clusterIP",
  "clusterIPs",
  "nodeName",
  "annotations",
  "ownerReferences",
  "allocatedResources",
]);

export function factsOf(records: readonly WatchRecord[]): Facts {
  const names = new Names();
  const facts = new Map<string, string[]>();
  const add = (path: string, value: string): void => {
    const values = facts.get(path);
    if (!values) facts.set(path, [value]);
    else if (values.at(-1) !== value) values.push(value);
  };
  for (const { kind, type, object } of records) {
    if (kind === "events") continue;
    const name = names.of(kind, object);
    if (type !== "MODIFIED") add(`${kind} ${name}: watched`, type);
    if (type === "DELETED") continue;
    for (const [path, value] of leaves(object, "")) {
      // The runtime names one of the tags that an image has.
      if (/ontainerStatuses\[[^\]]+\]\.image$/.test(path)) continue;
      // As often as its pods' changes fall together.
      if (kind === "endpointslices" && path === ".metadata.generation") continue;
      add(`${kind} ${name}: ${path}`, typeof value === "string" ? normalize(value) : String(value));
    }
  }
  for (const [path, told] of tellings(records, names)) facts.set(path, told);
  return facts;
}

function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    const items = value.map((item, index): [string, unknown] => [keyOf(item) ?? String(index), item]);
    for (const [key, item] of items) yield* leaves(item, `${path}[${key}]`);
    return;
  }
  if (typeof value !== "object" || value === null) {
    yield [path, value];
    return;
  }
  for (const [name, field] of Object.entries(value)) {
    if (!ignored.has(name)) yield* leaves(field, `${path}.${name}`);
  }
}

/** Items of lists are followed by what names them, not by their place. */
function keyOf(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { type, name } = item as { type?: unknown; name?: unknown };
  const key = type ?? name;
  return typeof key === "string" ? normalize(key) : undefined;
}

/** Generated names get the number in which objects of the same origin appeared: `d-1 2` is the second pod of the first set. */
class Names {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  of(kind: string, { metadata }: ObjectLike): string {
    const key = `${kind}/${metadata.name}/${metadata.uid}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const origin = originOf(metadata.name, metadata.ownerReferences?.[0]?.name);
    const name =
      origin === metadata.name ? this.#counted(kind, origin, "") : this.#counted(kind, this.ofName(origin), "*");
    this.#known.set(key, name);
    this.#known.set(metadata.name, name);
    return name;
  }

  /** The name given to an object that was seen, else what is fixed of the name. */
  ofName(name: string): string {
    return this.#known.get(name) ?? normalize(name);
  }

  #counted(kind: string, origin: string, mark: string): string {
    const count = (this.#counts.get(`${kind}/${origin}${mark}`) ?? 0) + 1;
    this.#counts.set(`${kind}/${origin}${mark}`, count);
    return mark === "" && count === 1 ? origin : `${origin}${mark}${count}`;
  }
}

/** The owner's name where the object is called after it with something random behind. */
function originOf(name: string, owner: string | undefined): string {
  if (owner === undefined || !name.startsWith(`${owner}-`)) return name;
  const rest = name.slice(owner.length + 1);
  return /^\d{1,3}$/.test(rest) ? name : owner;
}

function tellings(records: readonly WatchRecord[], names: Names): Map<string, string[]> {
  const told = new Map<string, string[]>();
  for (const { kind, object } of records) {
    if (kind !== "events") continue;
    const event = object as unknown as EventLike;
    const { involvedObject: about } = event;
    const path = `events of ${about.kind} ${names.ofName(about.name)} ${about.fieldPath ?? ""}: ${event.reportingComponent}`;
    const text = `${event.type} ${event.reason}: ${normalize(event.message)}`;
    const known = told.get(path) ?? [];
    if (!known.includes(text)) known.push(text);
    told.set(path, known);
  }
  return told;
}

/** Counts pass through values that depend on how changes coincide: how they end counts. */
export const isNumeric = (values: readonly string[]): boolean => values.every((value) => /^\d+$/.test(value));
