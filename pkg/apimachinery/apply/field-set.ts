/** Sets of fields, and what one makes of two. */
import { setKey } from "../codec/index.ts";

/**
 * Sets of fields, in the form in which managedFields carry them: a tree of `f:name`, `k:{"key":…}`, `v:value` and `i:index`.
 * A path is in the set when its node is empty or has a member `.`. Sets are never changed once made; results share what
 * they did not change with their operands, and are the same object where nothing changed.
 */
export interface FieldSet {
  readonly [label: string]: FieldSet;
}

export const emptySet: FieldSet = Object.freeze({});
/** The member that says that a node with children is itself in the set. */
export const self = ".";

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the path of a node that is in a tree is itself in the set. */
export const isMember = (node: FieldSet): boolean => isEmpty(node) || Object.hasOwn(node, self);

export const child = (set: FieldSet, label: string): FieldSet | undefined =>
  Object.hasOwn(set, label) ? set[label] : undefined;

/** `.` first, then by kind and name; keys and values by what they say, so that port 80 comes before 443. */
export function compareLabels(a: string, b: string): number {
  if (a === b) return 0;
  const kind = a.charCodeAt(0);
  if (kind === b.charCodeAt(0) && (kind === 0x6b || kind === 0x76)) return compareJson(a.slice(2), b.slice(2));
  return a < b ? -1 : 1;
}

function compareJson(a: string, b: string): number {
  const left = scalarsOf(a);
  const right = scalarsOf(b);
  for (const [i, x] of left.entries()) {
    const y = right[i];
    if (y === undefined) return 1;
    if (x === y) continue;
    if (typeof x === "number" && typeof y === "number") return x - y;
    return String(x) < String(y) ? -1 : 1;
  }
  return left.length - right.length;
}

/** Labels repeat from object to object: what the last thousand say is not read again. */
const knownScalars = new Map<string, readonly unknown[]>();
const knownScalarsMax = 1_000;
const knownLabelLengthMax = 128;

function scalarsOf(text: string): readonly unknown[] {
  let scalars = knownScalars.get(text);
  if (!scalars) {
    scalars = readScalars(text);
    if (text.length > knownLabelLengthMax) return scalars;
    if (knownScalars.size >= knownScalarsMax) knownScalars.clear();
    knownScalars.set(text, scalars);
  }
  return scalars;
}

/** Names and values, in order. Sets come from clients: a label may be anything. */
function readScalars(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? Object.entries(value).flat() : [value];
  } catch {
    return [text];
  }
}

type Nodes = Record<string, FieldSet>;

/** In the order of labels. */
function sorted(set: FieldSet): FieldSet {
  const labels = Object.keys(set);
  if (labels.every((label, i) => i === 0 || compareLabels(labels[i - 1] as string, label) <= 0)) return set;
  return Object.fromEntries(labels.sort(compareLabels).map((label) => [label, set[label] as FieldSet]));
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  let both: Nodes | undefined;
  for (const label of Object.keys(b)) {
    const ours = child(a, label);
    const theirs = b[label] as FieldSet;
    const node = ours === undefined ? theirs : unionNodes(ours, theirs);
    if (node === ours) continue;
    both ??= { ...a };
    setKey(both, label, node);
  }
  return both ? sorted(both) : a;
}

/** Of nodes below the root, where empty means the path itself. */
function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  if (isEmpty(a)) return isEmpty(b) ? a : withSelf(b);
  if (isEmpty(b)) return withSelf(a);
  return union(a, b);
}

const withSelf = (node: FieldSet): FieldSet => (Object.hasOwn(node, self) ? node : { [self]: emptySet, ...node });

/** What is in `a` and not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return a;
  let rest: Nodes | undefined;
  for (const label of Object.keys(b)) {
    const ours = child(a, label);
    if (ours === undefined) continue;
    const left = label === self ? undefined : differenceNodes(ours, b[label] as FieldSet);
    if (left === ours) continue;
    rest ??= { ...a };
    if (left) setKey(rest, label, left);
    else delete rest[label];
  }
  return rest ?? a;
}

function differenceNodes(ours: FieldSet, theirs: FieldSet): FieldSet | undefined {
  if (isEmpty(ours)) return isMember(theirs) ? undefined : ours;
  const hasSelf = Object.hasOwn(ours, self);
  const dropSelf = hasSelf && isEmpty(theirs);
  const rest = dropSelf ? withoutSelf(ours) : difference(ours, theirs);
  if (rest === ours) return ours;
  if (isEmpty(rest)) return undefined;
  // Only the path itself is left: that is how an empty node says it.
  return Object.keys(rest).length === 1 && Object.hasOwn(rest, self) ? emptySet : rest;
}

function withoutSelf(node: FieldSet): FieldSet {
  const { [self]: _, ...rest } = node;
  return rest;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const entries: [string, FieldSet][] = [];
  for (const [label, ours] of Object.entries(a)) {
    const theirs = child(b, label);
    if (theirs === undefined) continue;
    const both = label === self ? emptySet : intersectNodes(ours, theirs);
    if (both !== undefined) entries.push([label, both]);
  }
  return Object.fromEntries(entries);
}

function intersectNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const member = isMember(a) && isMember(b);
  const inside = intersection(withoutSelf(a), withoutSelf(b));
  if (isEmpty(inside)) return member ? emptySet : undefined;
  return member ? { [self]: emptySet, ...inside } : inside;
}

/** Every path of the set, as its labels. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const [label, node] of Object.entries(set)) {
    if (label === self) continue;
    const path = [...prefix, label];
    if (isMember(node)) yield path;
    yield* pathsOf(node, path);
  }
}

/** `.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"]`, as conflicts name fields. */
export function printPath(path: readonly string[]): string {
  return path.map(printLabel).join("");
}

function printLabel(label: string): string {
  const text = label.slice(2);
  if (label.startsWith("f:")) return `.${text}`;
  if (label.startsWith("v:")) return `[=${text}]`;
  if (label.startsWith("i:")) return `[${text}]`;
  try {
    const key = JSON.parse(text) as Record<string, unknown>;
    return `[${Object.entries(key)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(",")}]`;
  } catch {
    return `[${text}]`;
  }
}
