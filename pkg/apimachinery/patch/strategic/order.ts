/** The order of a merged list: as the patch says, with what only the server has kept beside its old neighbours. */
import { unclassified } from "../errors.ts";
import { equalJson, isJsonObject, printGo } from "../json-value.ts";

export interface OrderOptions {
  readonly merged: readonly unknown[];
  /** Items of the patch, or of its `$setElementOrder` list. */
  readonly patchOrder: readonly unknown[];
  readonly serverOrder: readonly unknown[];
  /** Absent for lists of scalars. */
  readonly mergeKey: string | undefined;
}

/** What identifies an item. Throws where an object lacks the merge key. */
export function identityOf(item: unknown, mergeKey: string | undefined): unknown {
  if (mergeKey === undefined) return item;
  if (!isJsonObject(item)) throw unclassified("expected a map[string]interface {}, but received a different type");
  if (!Object.hasOwn(item, mergeKey)) {
    throw unclassified(`map: ${printGo(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return item[mergeKey];
}

/** First positions by identity; scalars compare as Go's `==` does, objects never occur as identities. */
function positions(list: readonly unknown[], mergeKey: string | undefined): (item: unknown) => number {
  const map = new Map<unknown, number>();
  for (const [i, item] of list.entries()) {
    const id = identityOf(item, mergeKey);
    if (!map.has(id)) map.set(id, i);
  }
  return (item) => map.get(identityOf(item, mergeKey)) ?? -1;
}

/** Orders the items of a merged list. */
export function orderMerged({ merged, patchOrder, serverOrder, mergeKey }: OrderOptions): unknown[] {
  const inPatch = positions(patchOrder, mergeKey);
  const inServer = positions(serverOrder, mergeKey);
  const fromPatch = merged.filter((item) => inPatch(item) >= 0).sort((a, b) => inPatch(a) - inPatch(b));
  const serverOnly = merged.filter((item) => inPatch(item) < 0);
  if (serverOnly.every((item) => inServer(item) >= 0)) serverOnly.sort((a, b) => inServer(a) - inServer(b));
  const out: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < serverOnly.length && right < fromPatch.length) {
    const l = inServer(serverOnly[left]);
    const r = inServer(fromPatch[right]);
    if (l >= 0 && r >= 0 && l < r) out.push(serverOnly[left++]);
    else out.push(fromPatch[right++]);
  }
  return [...out, ...serverOnly.slice(left), ...fromPatch.slice(right)];
}

/** Removes later copies of equal scalars. */
export function withoutCopies(list: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  for (const item of list) if (!out.some((seen) => equalJson(seen, item))) out.push(item);
  return out;
}
