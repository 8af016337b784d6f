/** Objects to messages, by the tables. */
import { type Field, type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { writeScalar } from "./scalars.ts";
import { Writer } from "./writer.ts";

type Members = Readonly<Record<string, unknown>>;
type WriteValue = (writer: Writer, number: number, value: unknown) => void;
type WriteMessage = (writer: Writer, value: unknown) => void;

const messages = new Map<TypeName, WriteMessage>();
const shared = new Writer();

/** The message of `object`, without an envelope. apiVersion and kind stand in the envelope, not in the message. */
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
    // Types refer to themselves: the entry stands before its fields are compiled.
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
  const fields = type.fields
    .filter((field) => field.number > 0)
    .toSorted((a, b) => b.number - a.number)
    .map((field) => fieldWriter(field));
  return (writer, value) => {
    for (const write of fields) write(writer, value as Members);
  };
}

function fieldWriter(field: Field): (writer: Writer, object: Members) => void {
  const { number, name } = field;
  if (field.inline) {
    const write = messageWriter((field.type as { name: TypeName }).name);
    return (writer, object) => {
      const before = writer.size;
      write(writer, object);
      writer.delimit(number, before);
    };
  }
  const write = valueWriter(field.type);
  const always = alwaysWritten(field);
  return (writer, object) => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value !== undefined && value !== null) write(writer, number, value);
    else if (always !== undefined) write(writer, number, always);
  };
}

/** Go writes plain fields even when they are zero; the zero is left out here where it means the same. */
function alwaysWritten({ type, emit, pointer }: Field): unknown {
  if (pointer || !emit || type.kind !== "scalar") return emit && type.kind === "message" ? {} : undefined;
  switch (type.scalar) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int32":
    case "int64":
    case "float64":
      return 0;
    default:
      return undefined;
  }
}

function valueWriter(type: TypeRef): WriteValue {
  switch (type.kind) {
    case "scalar": {
      const { scalar } = type;
      return (writer, number, value) => writeScalar(writer, number, scalar, value);
    }
    case "message": {
      const write = messageWriter(type.name);
      return (writer, number, value) => {
        const before = writer.size;
        write(writer, value);
        writer.delimit(number, before);
      };
    }
    case "list": {
      const write = valueWriter(type.of);
      return (writer, number, value) => {
        const items = value as readonly unknown[];
        for (let i = items.length - 1; i >= 0; i--) write(writer, number, items[i]);
      };
    }
    case "map":
      return mapWriter(type.of);
  }
}

/** Entries `{1: key, 2: value}` in the order of keys. A list as a value is a message `{1: items}`. */
function mapWriter(of: TypeRef): WriteValue {
  const inner = valueWriter(of);
  const write: WriteValue =
    of.kind === "list"
      ? (writer, number, value) => {
          const before = writer.size;
          inner(writer, 1, value);
          writer.delimit(number, before);
        }
      : inner;
  return (writer, number, value) => {
    const entries = Object.entries(value as Members).sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [key, item] of entries) {
      const before = writer.size;
      write(writer, 2, item);
      writeScalar(writer, 1, "string", key);
      writer.delimit(number, before);
    }
  };
}

/** The field whose type fits the value. */
function choiceWriter(type: TypeDef): WriteMessage {
  const fields = type.fields.map((field) => ({ field, write: valueWriter(field.type) }));
  return (writer, value) => {
    const fits = fields.find(({ field }) => fitsType(field.type, value));
    fits?.write(writer, fits.field.number, value);
  };
}

function fitsType(type: TypeRef, value: unknown): boolean {
  if (type.kind === "list") return Array.isArray(value);
  if (type.kind === "scalar") return typeof value === "boolean";
  return typeof value === "object" && !Array.isArray(value);
}
