/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import { cloneJson, sameJson } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { StatusError } from "../status-error.ts";
import { compareObjects } from "./compare.ts";
import { Comparison, type ComparisonOptions } from "./comparison.ts";
import { ConfigError, fieldsOfConfig } from "./config-set.ts";
import { applyConflict, type Conflict } from "./conflict.ts";
import { child, difference, emptySet, type FieldSet, intersection, isEmpty, printPath, union } from "./field-set.ts";
import type { Members } from "./items.ts";
import type { AppliedKind } from "./kind.ts";
import { fieldsLastApplied, keepLastApplied, lastAppliedManager } from "./last-applied.ts";
import { capUpdaters, type Entry, type Identity, isSame, makeEntry, sortEntries, timestamp } from "./managers.ts";
import { mergeValues } from "./merge.ts";
import { dropEmptied, type Emptied, prune } from "./prune.ts";
import { entriesOf } from "./track.ts";

export interface ApplyOptions {
  /** Absent: the object is created. */
  readonly live?: Readonly<KubeObject> | undefined;
  /** Exactly what the applier sent, without defaults. */
  readonly config: Readonly<KubeObject>;
  readonly manager: string;
  /** Take over what others own. */
  readonly force: boolean;
  readonly apiVersion: string;
  readonly subresource: string;
  /** Members of the object that the endpoint puts back anyway: the applier may name them and does not own them. */
  readonly unowned?: readonly string[];
  readonly now: Date;
  readonly kind: AppliedKind;
  readonly versionOf?: ComparisonOptions["versionOf"];
}

/** Who owned the fields that an object had before the first apply. */
const beforeFirstApply = "before-first-apply";

/**
 * The object after the apply, its managedFields with it; not defaulted yet. Equal to `live` when the apply changes nothing.
 * Throws StatusError: 409 for conflicts, 500 for unknown fields and for lists in which items cannot be told apart.
 */
export function applyServerSide(options: ApplyOptions): KubeObject {
  const { live, config, kind, manager, apiVersion, subresource, now, versionOf } = options;
  const identity: Identity = { manager, operation: "Apply", apiVersion, subresource };
  const before = live ? entriesOrFirst(live, options) : [];
  const last = before.find((entry) => isSame(entry, identity));
  const others = before.filter((entry) => entry !== last);
  const fields = configFields(options);
  const base = (live as unknown as Members | undefined) ?? kind.empty;
  const { next, emptied } = mergeWith(base, options, { last, others, fields });
  const compared = new Comparison({ old: live, next, apiVersion, kind, versionOf });
  refuseConflicts(others, compared, options);
  dropEmptied(emptied);
  if (manager === lastAppliedManager) keepLastApplied(next, config);
  const entries = compared.disown(others);
  // The time is that of the last change: who applies what is there already leaves it.
  const time = compared.isSame ? last?.time : timestamp(now);
  if (!isEmpty(fields)) entries.push(makeEntry(identity, fields, time));
  return withEntries(next, sortEntries(capUpdaters(entries)), live);
}

function entriesOrFirst(live: Readonly<KubeObject>, { kind, apiVersion, now, unowned }: ApplyOptions): Entry[] {
  const entries = entriesOf(live.metadata.managedFields);
  if (entries.length > 0) return entries;
  const { changed: all } = compareObjects(kind.empty, live as unknown as Members, kind.shape);
  const changed = withoutMembers(all, unowned);
  const first: Identity = { manager: beforeFirstApply, operation: "Update", apiVersion, subresource: "" };
  return isEmpty(changed) ? [] : [makeEntry(first, changed, timestamp(now))];
}

function configFields({ config, kind, apiVersion, unowned }: ApplyOptions): FieldSet {
  try {
    return withoutMembers(fieldsOfConfig(config as unknown as Members, kind.shape), unowned);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { namespace = "", name = "" } = config.metadata;
    const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
    const what = `${namespace}/${name}; ${version}, Kind=${config.kind}`;
    const why = `failed to create typed patch object (${what}): ${printPath(error.path)}: ${error.message}`;
    throw new StatusError("Unknown", why, { code: 500 });
  }
}

const withoutMembers = (fields: FieldSet, names: readonly string[] = []): FieldSet =>
  difference(fields, Object.fromEntries(names.map((name) => [`f:${name}`, child(fields, `f:${name}`) ?? emptySet])));

interface Owners {
  readonly last: Entry | undefined;
  readonly others: readonly Entry[];
  readonly fields: FieldSet;
}

interface Merged {
  readonly next: KubeObject;
  readonly emptied: readonly Emptied[];
}

function mergeWith(base: Members, { config, kind }: ApplyOptions, { last, others, fields }: Owners): Merged {
  const merged = mergeValues(base, config, kind.shape) as KubeObject;
  // A version in the configuration is a precondition, an identity too.
  const { resourceVersion, uid } = config.metadata;
  merged.metadata ??= {};
  if (resourceVersion !== undefined) merged.metadata.resourceVersion = resourceVersion;
  if (uid !== undefined) merged.metadata.uid = uid;
  if (!last) return { next: merged, emptied: [] };
  const owned = others.reduce((all, entry) => union(all, entry.fieldsV1), fields);
  return { next: merged, emptied: prune(merged as unknown as Members, kind.shape, last.fieldsV1, owned) };
}

function refuseConflicts(others: readonly Entry[], compared: Comparison, options: ApplyOptions): void {
  if (options.force || isEmpty(compared.own.changed)) return;
  const conflicts = others.flatMap((entry): Conflict[] => {
    const fields = intersection(entry.fieldsV1, compared.in(entry.apiVersion)?.changed ?? emptySet);
    return isEmpty(fields) ? [] : [{ entry, fields }];
  });
  if (conflicts.length === 0 || isTakeover(conflicts, options)) return;
  throw applyConflict(conflicts);
}

/** kubectl changes what kubectl applied on the client's side before. */
function isTakeover(conflicts: readonly Conflict[], { live, kind, manager }: ApplyOptions): boolean {
  if (manager !== lastAppliedManager || !live) return false;
  const wanted = conflicts.reduce<FieldSet>((all, { fields }) => union(all, fields), emptySet);
  return isEmpty(difference(wanted, fieldsLastApplied(live, kind)));
}

/** An apply that changes nothing but the time of an entry changes nothing. */
function withEntries(next: KubeObject, entries: Entry[], live: Readonly<KubeObject> | undefined): KubeObject {
  const managed = entries.length === 0 ? undefined : entries;
  if (live && sameJson(withoutTimes(entries), withoutTimes(entriesOf(live.metadata.managedFields)))) {
    const { managedFields: _, ...metadata } = live.metadata;
    const { managedFields: __, ...nextMetadata } = next.metadata;
    if (sameJson({ ...live, metadata }, { ...next, metadata: nextMetadata })) return cloneJson(live) as KubeObject;
  }
  if (managed) next.metadata.managedFields = managed;
  else delete next.metadata.managedFields;
  return next;
}

const withoutTimes = (entries: readonly Entry[]): Omit<Entry, "time">[] =>
  entries.map(({ time: _, ...entry }) => entry);
