/** Objects to messages, by the tables: one writer a type, compiled when it is first needed. */
import { type Field, type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { isNullable } from "../codec/index.ts";
import { sortedKeys } from "../sorted-keys.ts";
import { StatusError } from "../status-error.ts";
import { wireBytes } from "./reader.ts";
import { formOf, isPlain, type ScalarForm } from "./scalars.ts";
import { Writer } from "./writer.ts";

type Members = Readonly<Record<string, unknown>>;
/** Writes a field, tag included. */
type WriteField = (writer: Writer, number: number, value: unknown) => void;
type WriteMessage = (writer: Writer, value: unknown) => void;

const messages = new Map<TypeName, WriteMessage>();
const shared = new Writer();

/**
 * The message of a normalised `object`, without an envelope: apiVersion and kind stand in the envelope. Throws StatusError
 * NotAcceptable for a type that has no protobuf form, such as a table.
 */
export function encodeMessage(object: object, type: TypeName): Buffer {
  try {
    messageWriter(type)(shared, object);
    return shared.take();
  } catch (error) {
    shared.take();
    throw error;
  }
}

function messageWriter(type: TypeName): WriteMessage {
  let write = messages.get(type);
  if (!write) {
    // Types contain themselves: the entry stands before its fields are compiled.
    let compiled: WriteMessage | undefined;
    write = (writer, value) => {
      compiled ??= compile(typeNamed(type));
      compiled(writer, value);
    };
    messages.set(type, write);
  }
  return write;
}

function compile(type: TypeDef): WriteMessage {
  if (type.choice) return choiceWriter(type);
  ensureNumbered(type);
  const fields = type.fields
    .filter((field) => field.number > 0)
    .toSorted((a, b) => b.number - a.number)
    .map((field) => fieldWriter(field, type.name));
  return (writer, value) => {
    for (let i = 0; i < fields.length; i++) fields[i]?.(writer, value as Members);
  };
}

function ensureNumbered({ fields }: TypeDef): void {
  if (fields.length === 0 || fields.some((field) => field.number > 0)) return;
  throw new StatusError(
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  );
}

function fieldWriter(field: Field, owner: TypeName): (writer: Writer, object: Members) => void {
  const { number, name } = field;
  if (field.inline && field.type.kind === "message") {
    const write = messageWriter(field.type.name);
    return (writer, object) => {
      const before = writer.size;
      write(writer, object);
      writer.delimit(number, before);
    };
  }
  const write = valueWriter(field.type);
  const unset = whenUnset(field, owner);
  // A plain look-up finds members of the object's own only, and takes half the time of asking whose they are.
  if (name in Object.prototype) throw new Error(`${owner}.${name}: every object has a member of this name`);
  return (writer, object) => {
    const value = object[name];
    if (value !== undefined && value !== null) write(writer, number, value);
    else if (unset !== undefined) write(writer, number, unset);
  };
}

/** Go writes what it holds by value even when it is zero, and what it holds by pointer only when it is set. */
function whenUnset(field: Field, owner: TypeName): unknown {
  const { type, pointer } = field;
  if (pointer) return undefined;
  if (type.kind === "scalar" && isPlain(type.scalar)) return zeroOf(type);
  return isStruct(field, owner) ? zeroOf(type) : undefined;
}

/** The zero value of a type, for its writer; undefined where nothing is written for it. */
function zeroOf(type: TypeRef): unknown {
  if (type.kind === "scalar") return formOf(type.scalar).zero;
  if (type.kind === "list") return [];
  if (type.kind === "message" && typeNamed(type.name).choice) return noChoice;
  return {};
}

/** Fits none of the types of a choice. */
const noChoice = Symbol("none");

/** JSON always shows a struct held by value, except for the one that Go marks `omitzero`. */
function isStruct({ type, emit, name }: Field, owner: TypeName): boolean {
  if (type.kind === "list" || type.kind === "map") return false;
  if (owner === "meta/v1.ObjectMeta" && name === "creationTimestamp") return true;
  return emit && !isNullable(owner, name);
}

function valueWriter(type: TypeRef): WriteField {
  switch (type.kind) {
    case "scalar":
      return scalarWriter(formOf(type.scalar));
    case "message":
      return delimited(messageWriter(type.name));
    case "list": {
      const write = valueWriter(type.of);
      const zero = zeroOf(type.of);
      return (writer, number, value) => {
        const items = value as readonly unknown[];
        for (let i = items.length - 1; i >= 0; i--) {
          const item = items[i] ?? zero;
          if (item !== undefined) write(writer, number, item);
        }
      };
    }
    case "map":
      return mapWriter(type.of);
  }
}

function delimited(write: WriteMessage): WriteField {
  return (writer, number, value) => {
    const before = writer.size;
    write(writer, value);
    writer.delimit(number, before);
  };
}

function scalarWriter({ wire, write }: ScalarForm): WriteField {
  if (wire === wireBytes) return delimited(write);
  return (writer, number, value) => {
    write(writer, value);
    writer.tag(number, wire);
  };
}

/** Entries `{1: key, 2: value}` in the order of keys. A list as a value is a message `{1: items}`. */
function mapWriter(of: TypeRef): WriteField {
  const inner = valueWriter(of);
  const write: WriteField = of.kind === "list" ? delimited((writer, items) => inner(writer, 1, items)) : inner;
  const zero = zeroOf(of);
  return (writer, number, value) => {
    const keys = sortedKeys(value as Members);
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string;
      const before = writer.size;
      const item = (value as Members)[key] ?? zero;
      if (item !== undefined) write(writer, 2, item);
      const beforeKey = writer.size;
      writer.utf8(key);
      writer.delimit(1, beforeKey);
      writer.delimit(number, before);
    }
  };
}

/** The field whose type fits the value. A schema in the place of a bool counts as true. */
function choiceWriter(type: TypeDef): WriteMessage {
  const fields = type.fields.map((field) => ({ field, write: valueWriter(field.type) }));
  const allows = fields.find(({ field }) => field.type.kind === "scalar");
  return (writer, value) => {
    for (let i = fields.length - 1; i >= 0; i--) {
      const { field, write } = fields[i] as (typeof fields)[number];
      if (fitsType(field.type, value)) write(writer, field.number, value);
      else if (allows?.field === field) write(writer, field.number, value !== noChoice);
    }
  };
}

function fitsType(type: TypeRef, value: unknown): boolean {
  if (type.kind === "list") return Array.isArray(value);
  if (type.kind === "scalar") return typeof value === "boolean";
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
