/** Merging of objects in a strategic merge patch. `original` is a private copy and changes in place. */
import { badPatch, unclassified } from "../errors.ts";
import { equalJson, isJsonObject, type JsonObject, printGo, setKey } from "../json-value.ts";
import {
  deleteFromListPrefix,
  isDirective,
  patchDirective,
  plainValue,
  retainKeysDirective,
  setOrderPrefix,
} from "./directives.ts";
import { checkSetOrder, mergeLists, removeFromList } from "./lists.ts";
import { orderMerged } from "./order.ts";
import { memberOf, type Shape } from "./shape.ts";

export function mergeObjects(original: JsonObject, patch: JsonObject, shape: Shape): JsonObject {
  if (Object.hasOwn(patch, patchDirective)) {
    const done = obeyDirective(patch);
    if (done) return done;
  }
  retainKeys(original, patch);
  const ordered = mergeOrderedLists(original, patch, shape);
  for (const key of Object.keys(patch)) {
    if (ordered.has(key) || key === patchDirective) continue;
    if (key.startsWith(deleteFromListPrefix))
      deleteFromList(original, key.slice(deleteFromListPrefix.length), patch[key]);
    else if (!isDirective(key)) mergeMember(original, key, patch[key], shape);
  }
  return original;
}

/** `$patch` of an object: it replaces the original, or empties it. */
function obeyDirective(patch: JsonObject): JsonObject {
  const { [patchDirective]: directive, ...rest } = patch;
  if (directive === "replace") return plainValue(rest) as JsonObject;
  if (directive === "delete") return {};
  throw unclassified(`unknown patch type: ${printGo(directive)} in map: ${printGo(patch)}`);
}

/** `$retainKeys`: drops what is not listed. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, retainKeysDirective)) return;
  const listed = patch[retainKeysDirective];
  if (!Array.isArray(listed)) throw badPatch("invalid patch format of retainKeys");
  const keys = new Set<unknown>(listed);
  for (const key of Object.keys(patch)) {
    if (!isDirective(key) && patch[key] !== null && !keys.has(key)) {
      throw badPatch("invalid patch format of retainKeys");
    }
  }
  for (const key of Object.keys(original)) if (!keys.has(key)) delete original[key];
}

const own = (object: JsonObject, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

/** What errors call a value that should have been a list. */
function goTypeOf(value: unknown): string {
  if (value === null) return "%!s(<nil>)";
  if (typeof value === "boolean") return "bool";
  return isJsonObject(value) ? "map[string]interface {}" : typeof value === "number" ? "int64" : typeof value;
}

function ensureList(value: unknown): asserts value is unknown[] {
  if (!Array.isArray(value)) throw unclassified(`expected a []interface {}, but received a ${goTypeOf(value)}`);
}

/** The list under a key, if there is one. Throws where something else is. */
function listOf(object: JsonObject, key: string): unknown[] | undefined {
  if (!Object.hasOwn(object, key)) return undefined;
  const value = object[key];
  ensureList(value);
  return value;
}

/** Lists that come with `$setElementOrder`; returns the keys that are done with. */
function mergeOrderedLists(original: JsonObject, patch: JsonObject, shape: Shape): ReadonlySet<string> {
  const done = new Set<string>();
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(setOrderPrefix)) continue;
    const key = directive.slice(setOrderPrefix.length);
    const order = patch[directive];
    const before = listOf(original, key);
    const given = listOf(patch, key);
    ensureList(order);
    const place = memberOf(shape, key);
    const mergeKey = place.patch?.key;
    checkSetOrder(given ?? [], order, mergeKey);
    if (before === undefined && given === undefined) continue;
    const gone = own(patch, deleteFromListPrefix + key);
    const kept = before && Array.isArray(gone) ? removeFromList(before, gone) : before;
    const merged =
      kept === undefined ? (plainValue(given) as unknown[]) : given ? mergeLists(kept, given, place) : kept;
    setKey(original, key, orderMerged({ merged, patchOrder: order, serverOrder: kept ?? [], mergeKey }));
    done.add(key);
  }
  return done;
}

function deleteFromList(original: JsonObject, key: string, gone: unknown): void {
  const list = own(original, key);
  if (list === undefined || list === null) return;
  // As upstream, a value of another type deletes nothing.
  if (!Array.isArray(list) || !Array.isArray(gone)) return;
  setKey(original, key, removeFromList(list, gone));
}

function mergeMember(original: JsonObject, key: string, value: unknown, shape: Shape): void {
  const before = own(original, key);
  if (value === null) delete original[key];
  else if (isJsonObject(before) && isJsonObject(value)) {
    const place = memberOf(shape, key);
    const merged = place.patch?.replace ? (plainValue(value) as JsonObject) : mergeObjects(before, value, place.shape);
    setKey(original, key, merged);
  } else if (Array.isArray(before) && Array.isArray(value)) {
    setKey(original, key, mergeLists(before, value, memberOf(shape, key)));
  } else if (!equalJson(before, value)) {
    const plain = plainValue(value);
    if (plain === undefined) delete original[key];
    else setKey(original, key, plain);
  }
}
