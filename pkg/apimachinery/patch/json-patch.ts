/**
 * JSON Patch (RFC 6902) with what upstream adds to it: negative list indices count from the end, members that are not there
 * may be replaced and copied (as null), and a bound on operations and on what `copy` may copy. Written here because the library's `test` takes any two objects for equal and cannot hold
 * a `__proto__` key.
 */
import { jsonTypeOf } from "../codec/raw-json.ts";
import { badPatch, tooManyOperations, unprocessable } from "./errors.ts";
import { cloneJson, copyNamed, equalJson, isJsonObject, type JsonObject, setKey } from "./json-value.ts";

export const jsonPatchOperationsMax = 10_000;
/** All values that `copy` operations of one patch copy, as JSON. */
const copiedBytesMax = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string | undefined;
  readonly value: unknown;
  readonly hasValue: boolean;
}

/**
 * What a patch makes of `doc`, which stays as it is: the result shares with it what no operation names. Throws StatusError: 400
 * malformed, 413 too long, 422 where it does not fit.
 */
export function applyJsonPatch(doc: unknown, ops: unknown): unknown {
  if (!Array.isArray(ops)) {
    if (ops === null) return cloneJson(doc);
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(ops)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (ops.length > jsonPatchOperationsMax) throw tooManyOperations(jsonPatchOperationsMax, ops.length);
  const operations = ops.map(parseOperation);
  const target = new Target(ownDocument(doc, operations));
  for (const operation of operations) target.apply(operation);
  return target.root;
}

/** The members of a document that operations, read or not, name. Undefined: the whole document, or nothing that there could be. */
export function namedMembers(operations: readonly unknown[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const operation of operations) {
    const { path, from } = (operation ?? {}) as Readonly<Record<string, unknown>>;
    for (const pointer of [path, from ?? path]) {
      const [name] = typeof pointer === "string" && pointer.startsWith("/") ? parsePointer(pointer) : [];
      if (name === undefined) return undefined;
      names.push(name);
    }
  }
  return names;
}

/** A document of which the operations may change what they name. */
function ownDocument(doc: unknown, operations: readonly Operation[]): unknown {
  const names = namedMembers(operations);
  return names && isJsonObject(doc) ? copyNamed(doc, names) : cloneJson(doc);
}

function parseOperation(op: unknown): Operation {
  if (!isJsonObject(op)) {
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(op)} into Go value of type handlers.jsonPatchOp`,
    );
  }
  const text = (name: string) => {
    const value = Object.hasOwn(op, name) ? op[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field jsonPatchOp.${name} of type string`,
    );
  };
  const hasValue = Object.hasOwn(op, "value");
  return { op: text("op") ?? "", path: text("path") ?? "", from: text("from"), value: op["value"], hasValue };
}

function parsePointer(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw unprocessable(`invalid path: ${JSON.stringify(pointer)}`);
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What holds the last part of a pointer is not there. */
class HolderMissing extends Error {}

/** A member, an item or an index is not there; the text is upstream's, of what was done with it. */
class MemberMissing extends Error {}

/** The index that a pointer's part means in a list of `length` places. */
function parseIndex(part: string, length: number): number {
  if (!/^-?(0|[1-9]\d*)$/.test(part)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(part)}: invalid syntax`;
    throw new MemberMissing(`value was not a proper array index: '${part}': ${why}`);
  }
  const index = Number(part);
  const place = index < 0 ? index + length : index;
  if (place >= 0 && place < length) return place;
  throw new MemberMissing(`Unable to access invalid index: ${part}: invalid index referenced`);
}

/** How upstream says that the place of an operation is not there. */
function missingPlace({ op, path, from }: Operation): string {
  switch (op) {
    case "add":
    case "remove":
      return `${op} operation does not apply: doc is missing path: "${path}"`;
    case "move":
    case "copy":
      return `${op} operation does not apply: doc is missing from path: ${from}`;
    case "test":
      return `test operation does not apply: is missing path: ${path}`;
    default:
      return `${op} operation does not apply: doc is missing path: ${path}`;
  }
}

/** Whether a pointer can go on through this part. */
function hasMember(node: unknown, part: string): boolean {
  if (!Array.isArray(node)) return isJsonObject(node) && Object.hasOwn(node, part);
  const index = /^-?(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN;
  return index < node.length && index >= -node.length;
}

class Target {
  root: unknown;
  #copiedBytes = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: Operation): void {
    try {
      this.#apply(operation);
    } catch (error) {
      const { op, path } = operation;
      if (error instanceof HolderMissing) throw unprocessable(`${missingPlace(operation)}: missing value`);
      if (error instanceof MemberMissing) throw unprocessable(`error in ${op} for path: '${path}': ${error.message}`);
      throw error;
    }
  }

  #apply({ op, path, from, value, hasValue }: Operation): void {
    switch (op) {
      case "add":
        return this.#add(path, cloneJson(hasValue ? value : null));
      case "remove":
        return this.#remove(path);
      case "replace":
        return this.#replace(path, cloneJson(hasValue ? value : null));
      case "move": {
        const moved = this.#get(from ?? "");
        this.#ensureThere(from ?? "");
        if (path.startsWith(`${from}/`)) throw unprocessable("a value cannot be moved into itself");
        this.#remove(from ?? "");
        return this.#add(path, moved);
      }
      case "copy":
        return this.#add(path, this.#copyOf(this.#get(from ?? "")));
      case "test":
        return this.#test(path, hasValue ? value : null);
      default:
        throw unprocessable(`Unexpected kind: ${op}`);
    }
  }

  #copyOf(value: unknown): unknown {
    this.#copiedBytes += Buffer.byteLength(JSON.stringify(value));
    if (this.#copiedBytes > copiedBytesMax) throw unprocessable("the copy operations copy too much");
    return cloneJson(value);
  }

  /** The object or list that holds the last part of a pointer. */
  #holder(parts: readonly string[]): JsonObject | unknown[] {
    let node = this.root;
    for (const part of parts.slice(0, -1)) {
      if (!hasMember(node, part)) throw new HolderMissing();
      node = this.#child(node, part);
    }
    if (!Array.isArray(node) && !isJsonObject(node)) throw new HolderMissing();
    return node;
  }

  #child(node: unknown, part: string): unknown {
    if (Array.isArray(node)) return node[parseIndex(part, node.length)];
    if (isJsonObject(node) && Object.hasOwn(node, part)) return node[part];
    throw new MemberMissing(`Unable to remove nonexistent key: ${part}: missing value`);
  }

  /** A member that is not there is null; what holds it must be there. */
  #get(pointer: string): unknown {
    const parts = parsePointer(pointer);
    const last = parts.at(-1);
    if (last === undefined) return this.root;
    const holder = this.#holder(parts);
    if (Array.isArray(holder)) return holder[parseIndex(last, holder.length)];
    return Object.hasOwn(holder, last) ? holder[last] : null;
  }

  #ensureThere(pointer: string): void {
    const parts = parsePointer(pointer);
    const last = parts.at(-1);
    if (last !== undefined) this.#child(this.#holder(parts), last);
  }

  #add(pointer: string, value: unknown): void {
    const parts = parsePointer(pointer);
    const last = parts.at(-1);
    if (last === undefined) throw unprocessable("nothing can be added in place of the whole document");
    const holder = this.#holder(parts);
    if (!Array.isArray(holder)) setKey(holder, last, value);
    else holder.splice(last === "-" ? holder.length : parseIndex(last, holder.length + 1), 0, value);
  }

  #remove(pointer: string): void {
    const parts = parsePointer(pointer);
    const last = parts.at(-1);
    if (last === undefined) throw unprocessable("the whole document cannot be removed");
    const holder = this.#holder(parts);
    this.#child(holder, last);
    if (Array.isArray(holder)) holder.splice(parseIndex(last, holder.length), 1);
    else delete holder[last];
  }

  #replace(pointer: string, value: unknown): void {
    const parts = parsePointer(pointer);
    const last = parts.at(-1);
    if (last === undefined) {
      this.root = value;
      return;
    }
    const holder = this.#holder(parts);
    if (Array.isArray(holder)) holder[parseIndex(last, holder.length)] = value;
    else setKey(holder, last, value);
  }

  #test(pointer: string, value: unknown): void {
    if (!equalJson(this.#get(pointer), value)) throw unprocessable(`testing value ${pointer} failed: test failed`);
  }
}
