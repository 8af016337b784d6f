/** Merging of lists in a strategic merge patch. */
import { unclassified, unprocessable } from "../errors.ts";
import { equalJson, isJsonObject, type JsonObject, printGo } from "../json-value.ts";
import { patchDirective } from "./directives.ts";
import { mergeObjects } from "./objects.ts";
import { identityOf, orderMerged, withoutCopies } from "./order.ts";
import { itemOf, type Place, type Shape } from "./shape.ts";

/** Whether the lists hold objects. Throws for mixed lists and lists of lists. */
function holdObjects(lists: readonly (readonly unknown[])[]): boolean {
  const kinds = lists
    .flat()
    .map((item) => (Array.isArray(item) ? "list" : isJsonObject(item) ? "object" : typeof item));
  if (kinds[0] === "list") throw unprocessable("lists of lists are not supported");
  if (new Set(kinds).size > 1) throw unclassified(`list element types are not identical: ${printGo(lists)}`);
  return kinds[0] === "object";
}

/** Merges `patch` into `original` as the list's directive says. */
export function mergeLists(original: readonly unknown[], patch: readonly unknown[], place: Place): unknown[] {
  if (!place.patch?.merge) return [...patch];
  if (original.length === 0 && patch.length === 0) return [];
  if (!holdObjects([original, patch])) {
    const merged = withoutCopies([...original, ...patch]);
    return orderMerged({ merged, patchOrder: patch, serverOrder: original, mergeKey: undefined });
  }
  const mergeKey = place.patch.key;
  if (mergeKey === undefined) throw unclassified("cannot merge lists without merge key");
  const { kept, additions, replaced } = applyItemDirectives(original, patch, mergeKey);
  if (replaced) return orderMerged({ merged: kept, patchOrder: [], serverOrder: kept, mergeKey });
  const merged = mergeItems(kept, additions, mergeKey, itemOf(place.shape));
  return orderMerged({ merged, patchOrder: additions, serverOrder: kept, mergeKey });
}

interface DirectedItems {
  readonly kept: unknown[];
  readonly additions: JsonObject[];
  readonly replaced: boolean;
}

/** Obeys `$patch: delete` and `$patch: replace` items. */
function applyItemDirectives(original: readonly unknown[], patch: readonly unknown[], mergeKey: string): DirectedItems {
  let kept = [...original];
  let replaced = false;
  const additions: JsonObject[] = [];
  for (const item of patch as readonly JsonObject[]) {
    if (!Object.hasOwn(item, patchDirective)) {
      additions.push(item);
      continue;
    }
    const directive = item[patchDirective];
    if (directive === "delete") {
      const id = identityOf(item, mergeKey);
      kept = kept.filter((one) => !equalJson(identityOf(one, mergeKey), id));
    } else if (directive === "replace") replaced = true;
    else if (directive === "merge") throw unclassified("merging lists cannot yet be specified in the patch");
    else throw unclassified(`unknown patch type: ${printGo(directive)} in map: ${printGo(item)}`);
  }
  return { kept: replaced ? additions : kept, additions, replaced };
}

function mergeItems(
  kept: readonly unknown[],
  additions: readonly JsonObject[],
  mergeKey: string,
  shape: Shape,
): unknown[] {
  const merged = [...kept];
  for (const item of additions) {
    const id = identityOf(item, mergeKey);
    const at = merged.findIndex((one) => equalJson(identityOf(one, mergeKey), id));
    if (at < 0) merged.push(item);
    else merged[at] = mergeObjects(merged[at] as JsonObject, item, shape);
  }
  return merged;
}

/** `$deleteFromPrimitiveList`: the list without the scalars named. */
export function removeFromList(list: readonly unknown[], gone: readonly unknown[]): unknown[] {
  return list.filter((item) => !gone.some((one) => equalJson(one, item)));
}

/** Refuses a patch whose items do not come in the order that it sets itself. */
export function checkSetOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0 || patch.length === 0) return;
  const items = patch.filter((item) => !(isJsonObject(item) && Object.hasOwn(item, patchDirective)));
  let at = 0;
  for (const place of order) {
    if (at < items.length && equalJson(identityOf(items[at], mergeKey), identityOf(place, mergeKey))) at++;
  }
  if (at < items.length) {
    throw unclassified(
      `The order in patch list:\n${printGo(patch)}\n doesn't match $setElementOrder list:\n${printGo(order)}\n`,
    );
  }
}
