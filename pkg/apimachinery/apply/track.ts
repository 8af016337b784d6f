/** Keeps managedFields current on creation, update and patch. */
import type { KubeObject } from "../object.ts";
import { Comparison, type ComparisonOptions } from "./comparison.ts";
import { child, emptySet, type FieldSet, isEmpty, union } from "./field-set.ts";
import { isObject, KeylessItemError } from "./items.ts";
import type { AppliedKind } from "./kind.ts";
import { capUpdaters, type Entry, type Identity, isSame, makeEntry, sortEntries, timestamp } from "./managers.ts";

export interface TrackOptions {
  /** Absent on creation. */
  readonly live?: Readonly<KubeObject> | undefined;
  readonly next: Readonly<KubeObject>;
  readonly manager: string;
  /** As the request addressed the object. */
  readonly apiVersion: string;
  readonly subresource: string;
  readonly now: Date;
  readonly kind: AppliedKind;
  readonly versionOf?: ComparisonOptions["versionOf"];
  /** Labels that lead to the replicas, when they are written as those of a Scale. */
  readonly replicas?: readonly string[] | undefined;
}

/**
 * The managedFields that `next` should have; undefined: none, because nobody tracks this object, or nobody can: it has items
 * that cannot be told apart.
 */
export function trackUpdate(options: TrackOptions): Entry[] | undefined {
  try {
    return track(options);
  } catch (error) {
    if (error instanceof KeylessItemError) return undefined;
    throw error;
  }
}

function track(options: TrackOptions): Entry[] | undefined {
  const { live, next, apiVersion, kind, versionOf, replicas } = options;
  const entries = entriesBefore(options);
  // Objects from before there were managedFields stay without them until somebody applies; so do those that were reset.
  if (live && entries.length === 0) return undefined;
  // So does a Scale, whose owners are those of its replicas.
  if (replicas && !entries.some(({ fieldsV1 }) => has(fieldsV1, replicas))) return entries;
  const compared = new Comparison({ old: live, next, apiVersion, kind, versionOf });
  if (compared.isSame) return entries.length === 0 ? undefined : entries;
  const { changed } = compared.own;
  const left = compared.disown(entries);
  const after = isEmpty(changed) || (replicas && isUnsaid(next, replicas)) ? left : own(left, changed, options);
  return after.length === 0 ? undefined : sortEntries(capUpdaters(after));
}

function has(set: FieldSet, [label, ...rest]: readonly string[]): boolean {
  if (label === undefined) return true;
  const inner = child(set, label);
  return inner !== undefined && has(inner, rest);
}

/** A Scale does not say that its replicas are none, so nobody can own that. */
function isUnsaid(object: unknown, labels: readonly string[]): boolean {
  const value = labels.reduce(
    (inner, label) => (isObject(inner) ? inner[label.slice("f:".length)] : undefined),
    object,
  );
  return value === 0 || value === undefined;
}

/** The changed fields become the manager's, beside what it keeps. */
function own(left: readonly Entry[], changed: Entry["fieldsV1"], options: TrackOptions): Entry[] {
  const { manager, apiVersion, subresource, now } = options;
  const identity: Identity = { manager, operation: "Update", apiVersion, subresource };
  const mine = left.find((entry) => isSame(entry, identity));
  const fields = union(mine?.fieldsV1 ?? emptySet, changed);
  // Upstream carries the owner of a Scale over to what it scales, but not the time.
  const time = subresource === "scale" ? undefined : timestamp(now);
  return [...left.filter((entry) => entry !== mine), makeEntry(identity, fields, time)];
}

/**
 * A client may send managedFields of its own; an empty list, or one empty entry, resets them. Who sends none does not know
 * of them and must not delete them by accident, and who sends what cannot be read changes nothing. A subresource is not asked.
 */
function entriesBefore({ live, next, subresource }: TrackOptions): Entry[] {
  const sent = subresource === "" ? next.metadata.managedFields : undefined;
  if (sent && isReset(sent)) return [];
  const entries = entriesOf(sent);
  return entries.length > 0 ? entries : entriesOf(live?.metadata.managedFields);
}

type Managed = NonNullable<KubeObject["metadata"]["managedFields"]>;

const isReset = (sent: Managed): boolean =>
  sent.length === 0 || (sent.length === 1 && Object.keys(sent[0] as object).length === 0);

/** Entries that say nothing are dropped. One that cannot be read makes the whole list worthless. */
export function entriesOf(managed: Managed | undefined): Entry[] {
  if (!managed?.every(isReadable)) return [];
  return managed.filter(({ fieldsV1 }) => !isEmpty((fieldsV1 ?? emptySet) as FieldSet)) as Entry[];
}

function isReadable({ operation, apiVersion, fieldsType, fieldsV1 = {} }: Managed[number]): boolean {
  const isKnown = operation === "Apply" || operation === "Update";
  return isKnown && Boolean(apiVersion) && fieldsType === "FieldsV1" && isObject(fieldsV1);
}
