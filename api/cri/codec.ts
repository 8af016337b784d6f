/**
 * Messages to bytes and back, driven by a table. Decoded messages have every field: absent scalars are zero, absent
 * lists and maps empty, absent messages undefined. int64 and uint64 are bigint; enums are their numbers.
 */
import type { FieldTable, MessageTable, RuntimeApi } from "./parse.ts";
import { WireReader, WireWriter } from "./wire.ts";

type Fields = Record<string, unknown>;

const zeroes: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["string", ""],
  ["bool", false],
  ["int32", 0],
  ["uint32", 0],
  ["double", 0],
  ["int64", 0n],
  ["uint64", 0n],
]);

export class MessageCodec {
  readonly #api: RuntimeApi;
  readonly #byNumber = new Map<string, Map<number, FieldTable>>();

  constructor(api: RuntimeApi) {
    this.#api = api;
    for (const message of api.messages.values()) {
      this.#byNumber.set(message.name, new Map(message.fields.map((field) => [field.number, field])));
    }
  }

  #message(name: string): MessageTable {
    const message = this.#api.messages.get(name);
    if (!message) throw new Error(`no message ${name}`);
    return message;
  }

  encode(name: string, value: object): Buffer {
    const writer = new WireWriter();
    for (const field of this.#message(name).fields) {
      if (!Object.hasOwn(value, field.key)) continue;
      const content = (value as Fields)[field.key];
      if (content === undefined || content === null) continue;
      if (field.mapOf !== undefined) this.#writeMap(writer, field, content as Record<string, unknown>);
      else if (field.repeated)
        for (const item of content as unknown[]) this.#write(writer, field.number, field.type, item, true);
      else this.#write(writer, field.number, field.type, content, false);
    }
    return writer.finish();
  }

  #writeMap(writer: WireWriter, field: FieldTable, content: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(content)) {
      const entry = new WireWriter();
      this.#write(entry, 1, "string", key, true);
      this.#write(entry, 2, field.mapOf ?? "string", value, true);
      writer.tag(field.number, 2);
      writer.bytes(entry.finish());
    }
  }

  #write(writer: WireWriter, number: number, type: string, value: unknown, evenZero: boolean): void {
    if (type === "string" || type === "bytes") {
      const bytes = type === "string" ? Buffer.from(value as string) : (value as Uint8Array);
      if (bytes.length === 0 && !evenZero) return;
      writer.tag(number, 2);
      writer.bytes(bytes);
    } else if (this.#api.messages.has(type)) {
      writer.tag(number, 2);
      writer.bytes(this.encode(type, value as object));
    } else if (type === "double") {
      if (value === 0 && !evenZero) return;
      writer.tag(number, 1);
      writer.double(value as number);
    } else {
      const scalar = typeof value === "boolean" ? Number(value) : (value as number | bigint);
      if (Number(scalar) === 0 && !evenZero) return;
      writer.tag(number, 0);
      writer.varint(scalar);
    }
  }

  #empty(message: MessageTable): Fields {
    const value: Fields = {};
    for (const field of message.fields) {
      if (field.mapOf !== undefined) value[field.key] = Object.create(null);
      else if (field.repeated) value[field.key] = [];
      else if (field.type === "bytes") value[field.key] = Buffer.alloc(0);
      else if (this.#api.enums.has(field.type)) value[field.key] = 0;
      else value[field.key] = zeroes.get(field.type);
    }
    return value;
  }

  decode(name: string, bytes: Buffer): object {
    const message = this.#message(name);
    const fields = this.#byNumber.get(name);
    const value = this.#empty(message);
    const reader = new WireReader(bytes);
    while (!reader.done) {
      const tag = Number(reader.varint());
      const field = fields?.get(tag >>> 3);
      if (!field) {
        reader.skip(tag & 7);
        continue;
      }
      if (field.mapOf !== undefined) this.#readEntry(reader, field.mapOf, value[field.key] as Fields);
      else if (field.repeated) this.#readItems(reader, field, tag & 7, value[field.key] as unknown[]);
      else value[field.key] = this.#read(reader, field.type);
    }
    return value;
  }

  #readItems(reader: WireReader, field: FieldTable, wireType: number, items: unknown[]): void {
    const packed =
      wireType === 2 && (zeroes.has(field.type) || this.#api.enums.has(field.type)) && field.type !== "string";
    if (!packed) {
      items.push(this.#read(reader, field.type));
      return;
    }
    const inner = new WireReader(reader.bytes());
    while (!inner.done) items.push(this.#read(inner, field.type));
  }

  #readEntry(reader: WireReader, type: string, map: Fields): void {
    const entry = new WireReader(reader.bytes());
    let key = "";
    let value: unknown = zeroes.get(type);
    while (!entry.done) {
      const tag = Number(entry.varint());
      if (tag >>> 3 === 1) key = entry.bytes().toString();
      else if (tag >>> 3 === 2) value = this.#read(entry, type);
      else entry.skip(tag & 7);
    }
    map[key] = value;
  }

  #read(reader: WireReader, type: string): unknown {
    switch (type) {
      case "string":
        return reader.bytes().toString();
      case "bytes":
        return Buffer.from(reader.bytes());
      case "bool":
        return reader.varint() !== 0n;
      case "double":
        return reader.double();
      case "int64":
        return BigInt.asIntN(64, reader.varint());
      case "uint64":
        return reader.varint();
      case "uint32":
        return Number(BigInt.asUintN(32, reader.varint()));
      default:
        return this.#api.messages.has(type)
          ? this.decode(type, reader.bytes())
          : Number(BigInt.asIntN(32, reader.varint()));
    }
  }
}
