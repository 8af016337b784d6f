/** Messages to objects, by the tables; the result is what the JSON of the same object would decode to. */
import { type Field, type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { normalize } from "../codec/index.ts";
import { badRequest } from "../status-error.ts";
import { ProtobufError, Reader } from "./reader.ts";
import { readScalar } from "./scalars.ts";
import { wireBytes } from "./writer.ts";

type Members = Record<string, unknown>;
type ReadField = (reader: Reader, wire: number, into: Members, depth: number) => void;

/** Nesting beyond this is no object of ours. */
const depthMax = 200;

const tables = new Map<TypeName, ReadonlyMap<number, ReadField>>();

/** Throws StatusError BadRequest for what is no message of this type. Unknown fields are passed over. */
export function decodeMessage(bytes: Buffer, type: TypeName): object {
  try {
    const object: Members = {};
    readInto(new Reader(bytes), type, object, 0);
    return normalize(object, type);
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(`proto: ${type.split(".").at(-1)}: ${error.message}`);
    throw error;
  }
}

function readInto(reader: Reader, type: TypeName, into: Members, depth: number): void {
  if (depth > depthMax) throw new ProtobufError("exceeded max depth");
  const fields = tableOf(type);
  for (const { number, wire } of reader.fields()) {
    const read = fields.get(number);
    if (read) read(reader, wire, into, depth);
    else reader.skip(wire);
  }
}

function tableOf(type: TypeName): ReadonlyMap<number, ReadField> {
  let table = tables.get(type);
  if (!table) {
    const def = typeNamed(type);
    table = new Map(def.fields.filter((f) => f.number > 0).map((field) => [field.number, fieldReader(field, def)]));
    tables.set(type, table);
  }
  return table;
}

/** Own properties only, so that a key such as `__proto__` stays a key. */
function set(into: Members, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Where a choice leaves its value for the field that holds it. */
const chosen = "";

function fieldReader(field: Field, of: TypeDef): ReadField {
  const { type } = field;
  const name = of.choice ? chosen : field.name;
  if (field.inline && type.kind === "message") {
    return (reader, wire, into, depth) => readInto(nested(reader, wire), type.name, into, depth + 1);
  }
  if (type.kind === "list") {
    const read = valueReader(type.of);
    return (reader, wire, into, depth) => {
      const value = read(reader, wire, depth);
      const list = Object.hasOwn(into, name) ? into[name] : undefined;
      if (Array.isArray(list)) list.push(value);
      else set(into, name, [value]);
    };
  }
  if (type.kind === "map") return mapReader(name, type.of);
  const read = valueReader(type);
  return (reader, wire, into, depth) => set(into, name, read(reader, wire, depth));
}

const nested = (reader: Reader, wire: number): Reader => new Reader(reader.expect(wire, wireBytes).bytes());

function valueReader(type: TypeRef): (reader: Reader, wire: number, depth: number) => unknown {
  if (type.kind === "scalar") {
    const { scalar } = type;
    return (reader, wire) => readScalar(reader, scalar, wire);
  }
  if (type.kind !== "message") throw new Error("a list or map of lists or maps has no protobuf form");
  const def = typeNamed(type.name);
  return (reader, wire, depth) => {
    const object: Members = {};
    readInto(nested(reader, wire), type.name, object, depth + 1);
    return def.choice ? (object[chosen] ?? null) : object;
  };
}

function mapReader(name: string, of: TypeRef): ReadField {
  const readItem = of.kind === "list" ? undefined : valueReader(of);
  const readElement = of.kind === "list" ? valueReader(of.of) : undefined;
  return (reader, wire, into, depth) => {
    const entry = nested(reader, wire);
    let key = "";
    let value: unknown;
    for (const field of entry.fields()) {
      if (field.number === 1) key = entry.expect(field.wire, wireBytes).bytes().toString("utf8");
      else if (field.number !== 2) entry.skip(field.wire);
      else if (readItem) value = readItem(entry, field.wire, depth + 1);
      else value = readElements(nested(entry, field.wire), readElement!, depth + 1);
    }
    if (!Object.hasOwn(into, name)) set(into, name, {});
    set(into[name] as Members, key, value ?? emptyOf(of));
  };
}

function readElements(reader: Reader, read: NonNullable<ReturnType<typeof valueReader>>, depth: number): unknown[] {
  const out: unknown[] = [];
  for (const { number, wire } of reader.fields()) {
    if (number === 1) out.push(read(reader, wire, depth));
    else reader.skip(wire);
  }
  return out;
}

/** An entry without a value stands for the zero of its type. */
function emptyOf(of: TypeRef): unknown {
  if (of.kind === "list") return [];
  if (of.kind !== "scalar") return {};
  return of.scalar === "quantity" ? "0" : of.scalar === "time" ? null : "";
}
