/**
 * Holds what clients saw against the committed history. Sound, not complete: what it reports is wrong; an answer that no
 * other answer bounds in time is held against any state that it may have been given from.
 */

import { Bounds, type Range } from "./bounds.ts";
import { type History, printValue, type Seen, type Span, sameValue } from "./history.ts";
import type {
  CreateOperation,
  DeleteCollectionOperation,
  DeleteOperation,
  GetOperation,
  ListOperation,
  Operation,
  PatchOperation,
  ReadMode,
  UpdateOperation,
} from "./operations.ts";

export interface Compactions {
  /** The highest revision that anybody asked etcd to forget before a time. */
  before(end: number): number;
}

export interface CheckInput {
  readonly history: History;
  readonly operations: readonly Operation[];
  readonly compactions: Compactions;
}

/** One line for each answer that cannot be; empty when all is well. */
export function checkOperations(input: CheckInput): string[] {
  const checker = new OperationChecker(input);
  return [...checker.checkWriters(), ...input.operations.flatMap((operation) => checker.check(operation))];
}

class OperationChecker {
  readonly #history: History;
  readonly #operations: readonly Operation[];
  readonly #compactions: Compactions;
  readonly #bounds: Bounds;
  /** Deletions in the history, by the uid of what they deleted. */
  readonly #deleted = new Map<string, number>();
  readonly #acknowledged = new Map<string, string>();

  constructor({ history, operations, compactions }: CheckInput) {
    this.#history = history;
    this.#operations = operations;
    this.#compactions = compactions;
    this.#bounds = new Bounds(history, operations);
    for (const key of history.keys) {
      history.spansOf(key).forEach((span, i, spans) => {
        const before = spans[i - 1]?.value;
        if (!span.value && before) this.#deleted.set(before.uid, span.from);
      });
    }
  }

  /** What is in the history was asked for, and written once. */
  checkWriters(): string[] {
    const found: string[] = [];
    const asked = new Set(this.#operations.map(({ id }) => id));
    const written = new Map<string, number>();
    for (const { revision, key, value } of this.#history.changes) {
      const writer = value?.data["writer"];
      if (value === undefined || writer === undefined) continue;
      if (!asked.has(writer)) found.push(`revision ${revision} of ${key} was written by nobody: ${writer}`);
      const earlier = written.get(writer);
      if (earlier !== undefined) found.push(`${writer} was written twice, at ${earlier} and at ${revision}`);
      written.set(writer, revision);
    }
    return found;
  }

  check(operation: Operation): string[] {
    const range = this.#bounds.of(operation);
    const found = this.#problem(operation, range);
    const where = `${operation.id} ${operation.kind} in [${range.low}, ${range.high}]`;
    return found === undefined ? [] : [`${where}: ${found}`];
  }

  #problem(operation: Operation, range: Range): string | undefined {
    switch (operation.kind) {
      case "create":
        return this.#create(operation, range);
      case "update":
        return this.#update(operation, range);
      case "patch":
        return this.#patch(operation, range);
      case "delete":
        return this.#delete(operation, range);
      case "deleteCollection":
        return this.#deleteCollection(operation, range);
      case "get":
        return this.#get(operation, range);
      case "list":
        return this.#list(operation, range);
    }
  }

  /** What a write says it stored is what was committed at that revision. */
  #stored(key: string, seen: Seen, range: Range): string | undefined {
    const span = this.#history.at(key, seen.revision);
    if (span.from !== seen.revision) return `nothing was committed for ${key} at ${seen.revision}`;
    if (!span.value || !sameValue(span.value, seen)) return differs(span, seen);
    if (seen.revision > range.high) return `it shows ${seen.revision}, which was written after the answer`;
    return undefined;
  }

  #refusal(key: string, range: Range, what: string, holds: (span: Span) => boolean): string | undefined {
    return this.#history.wasEver(key, range, holds) ? undefined : `${key} was refused as ${what}, and never was`;
  }

  #create({ key, result }: CreateOperation, range: Range): string | undefined {
    if (result.kind === "unknown") return undefined;
    if (result.kind === "exists") return this.#refusal(key, range, "existing", ({ value }) => value !== undefined);
    if (result.kind !== "done") return `a creation was answered with ${result.kind}`;
    const wrong = this.#stored(key, result.seen, range);
    if (wrong) return wrong;
    if (result.seen.revision <= range.low) return `created at ${result.seen.revision}, before it was asked for`;
    const before = this.#history.at(key, result.seen.revision - 1);
    return before.value ? `${key} existed at ${result.seen.revision - 1}` : undefined;
  }

  #update({ key, expected, same, result }: UpdateOperation, range: Range): string | undefined {
    switch (result.kind) {
      case "unknown":
        return undefined;
      case "missing":
        return this.#refusal(key, range, "missing", ({ value }) => value === undefined);
      case "conflict":
        return this.#refusal(key, range, "changed", ({ from }) => from !== expected);
      case "exists":
        return "an update was answered with AlreadyExists";
    }
    if (same) return this.#unchanged(key, expected, result.seen, range);
    const wrong = this.#stored(key, result.seen, range);
    if (wrong) return wrong;
    const before = this.#history.at(key, result.seen.revision - 1);
    return before.from === expected ? undefined : `it replaced ${before.from}, and expected ${expected}`;
  }

  #unchanged(key: string, expected: number, seen: Seen, range: Range): string | undefined {
    if (seen.revision !== expected) return `nothing was changed, and ${expected} became ${seen.revision}`;
    return this.#refusal(key, range, `being at ${expected}`, ({ from }) => from === expected);
  }

  #patch({ key, data, color, result }: PatchOperation, range: Range): string | undefined {
    if (result.kind === "unknown") return undefined;
    if (result.kind === "missing") return this.#refusal(key, range, "missing", ({ value }) => value === undefined);
    if (result.kind !== "done") return `a patch was answered with ${result.kind}`;
    const { seen } = result;
    const wrong = this.#stored(key, seen, range);
    if (wrong) return wrong;
    const before = this.#history.at(key, seen.revision - 1).value;
    if (!before) return `it patched what did not exist at ${seen.revision - 1}`;
    const wanted = { uid: before.uid, color: color ?? before.color, data: { ...before.data, ...data } };
    return sameValue(wanted, seen) ? undefined : `it should have made ${printValue(wanted)}, not ${printValue(seen)}`;
  }

  #delete({ id, key, uid, result }: DeleteOperation, range: Range): string | undefined {
    switch (result.kind) {
      case "unknown":
        return undefined;
      case "missing":
        return this.#refusal(key, range, "missing", ({ value }) => value === undefined);
      case "conflict":
        return this.#refusal(key, range, `not ${uid}`, ({ value }) => value !== undefined && value.uid !== uid);
    }
    if (uid !== undefined && uid !== result.uid) return `it deleted ${result.uid}, and not ${uid}`;
    const other = this.#acknowledged.get(result.uid);
    if (other) return `${result.uid} was deleted by ${other} too`;
    this.#acknowledged.set(result.uid, id);
    return this.#wasDeleted(result.uid, range);
  }

  #wasDeleted(uid: string, { low, high }: Range): string | undefined {
    const at = this.#deleted.get(uid);
    if (at === undefined) return `${uid} was not deleted`;
    if (at > high) return `${uid} was deleted at ${at}, after the answer`;
    return at <= low ? `${uid} was deleted at ${at}, before it was asked for` : undefined;
  }

  #deleteCollection({ uids }: DeleteCollectionOperation, { high }: Range): string | undefined {
    // Somebody else may have been first: then it was gone before.
    for (const uid of uids ?? []) {
      const wrong = this.#wasDeleted(uid, { low: 0, high });
      if (wrong) return wrong;
    }
    return undefined;
  }

  #get({ key, mode, result }: GetOperation, range: Range): string | undefined {
    if (result.kind === "unknown") return undefined;
    const from = { ...range, low: lowest(mode, range) };
    if (result.kind === "missing") return this.#refusal(key, from, "missing", ({ value }) => value === undefined);
    const { seen } = result;
    const span = this.#history.at(key, seen.revision);
    if (span.from !== seen.revision || !span.value || !sameValue(span.value, seen)) return differs(span, seen);
    if (span.from > range.high) return `it shows ${seen.revision}, which was written after the answer`;
    return span.to < from.low ? `it shows ${seen.revision}, which was replaced at ${span.to + 1}` : undefined;
  }

  #list({ namespace, color, mode, result, end }: ListOperation, range: Range): string | undefined {
    if (result.kind === "unknown") return undefined;
    if (result.kind === "expired") return this.#expired(mode, end);
    const { revision, items } = result;
    if (mode.kind === "exact" && revision !== mode.revision) return `it is of ${revision}, not of ${mode.revision}`;
    if (revision < lowest(mode, range)) return `it is of ${revision}, which is too old`;
    if (revision > range.high) return `it is of ${revision}, which came after the answer`;
    const state = this.#history.stateAt(revision, namespace);
    return differentLists(items, color === undefined ? state : state.filter((seen) => seen.color === color));
  }

  #expired(mode: ReadMode, end: number): string | undefined {
    const lost = this.#compactions.before(end);
    if (mode.kind === "exact") {
      return mode.revision < lost ? undefined : `${mode.revision} is said to be lost, and ${lost} is the oldest`;
    }
    return lost > 0 ? undefined : "history is said to be lost, and nobody has compacted it";
  }
}

/** The oldest state that may be shown. */
function lowest(mode: ReadMode, { low }: Range): number {
  if (mode.kind === "latest") return low;
  return mode.kind === "any" ? 0 : mode.revision;
}

const differs = ({ from, value }: Span, seen: Seen): string =>
  `${seen.key} at ${seen.revision} is said to be ${printValue(seen)}; at ${from} it was ${value ? printValue(value) : "absent"}`;

/** What differs between two lists of objects, in order; undefined when nothing does. */
export function differentLists(seen: readonly Seen[], wanted: readonly Seen[]): string | undefined {
  const print = (item: Seen | undefined): string =>
    item ? `${item.key}@${item.revision} ${printValue(item)}` : "nothing";
  for (let i = 0; i < Math.max(seen.length, wanted.length); i += 1) {
    if (print(seen[i]) !== print(wanted[i])) return `item ${i} is ${print(seen[i])}, and should be ${print(wanted[i])}`;
  }
  return undefined;
}
