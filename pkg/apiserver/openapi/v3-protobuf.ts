/** Documents of OpenAPI v3 in protobuf, made from their JSON. */
import { isRawNumber, numericValue, parseJsonValue, type RawNumber } from "#pkg/apimachinery/codec/index.ts";
import { Writer } from "#pkg/apimachinery/protobuf/index.ts";
import { blockYaml } from "./block-yaml.ts";
import { type Form, type Member, type MessageName, messages } from "./v3-messages.ts";

/** By this name it is answered; the other has an `@`, which has no place in a media type, and is asked for by older clients. */
export const v3ProtobufMediaType = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";

/** Throws a TypeError for a member that the messages have no place for. */
export function documentMessage(json: Buffer): Buffer {
  const writer = new Writer();
  new Encoder(writer).message("Document", parseJsonValue(json.toString()) as Json);
  return writer.take();
}

/** A schema alone: what documents are mostly made of. */
export function schemaMessageV3(schema: object): Buffer {
  const writer = new Writer();
  new Encoder(writer).message("Schema", schema as Json);
  return writer.take();
}

type Json = Readonly<Record<string, unknown>>;

const plainForms: ReadonlySet<Form> = new Set(["string", "bool", "int64", "double"]);
const doubleWire = 1;
const varintWire = 0;

interface Placed {
  readonly name: string;
  readonly member: Member;
  /** Its name is part of its value. */
  readonly isNamed: boolean;
}

/** The writer begins at the end, so everything here goes backwards. */
class Encoder {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  message(name: MessageName, value: Json): void {
    for (const { name: key, member, isNamed } of placesOf(name, Object.keys(value))) {
      const held = value[key];
      if (isNamed) this.#named(member.number, { name: key, form: member.form, value: held });
      else if (!member.repeated) this.#field(member.number, member.form, held);
      else for (const item of (held as readonly unknown[]).toReversed()) this.#item(member.number, member.form, item);
    }
  }

  /** `Named…{1: name, 2: value}` */
  #named(number: number, { name, form, value }: { name: string; form: Form; value: unknown }): void {
    const before = this.#writer.size;
    this.#item(2, form, value);
    if (name !== "") this.#text(1, name);
    this.#writer.delimit(number, before);
  }

  /** Plain values that are zero are not told from absent ones, but for those of a list. */
  #field(number: number, form: Form, value: unknown): void {
    const isZero = plainForms.has(form) && (value === "" || value === false || value === 0);
    if (!isZero) this.#item(number, form, value);
  }

  #item(number: number, form: Form, value: unknown): void {
    switch (form) {
      case "string":
        return this.#text(number, value as string);
      case "bool":
        return this.#boolean(number, value as boolean);
      case "int64":
        return this.#integer(number, value as number | RawNumber);
      case "double":
        return this.#double(number, numericValue(value as number | RawNumber));
      default: {
        const before = this.#writer.size;
        this.#composed(form, value);
        return this.#writer.delimit(number, before);
      }
    }
  }

  /** What has a length of its own. */
  #composed(form: Exclude<Form, "string" | "bool" | "int64" | "double">, value: unknown): void {
    switch (form) {
      case "any":
        return this.#text(2, blockYaml(value));
      case "items":
        return this.#item(1, "Schema?", value);
      case "additionalProperties":
        return typeof value === "boolean" ? this.#boolean(2, value) : this.#item(1, "Schema?", value);
      case "default":
        return this.#default(value);
      default:
        return form.endsWith("?")
          ? this.#orReference(form.slice(0, -1) as MessageName, value as Json)
          : this.message(form as MessageName, value as Json);
    }
  }

  #orReference(name: MessageName, value: Json): void {
    if (typeof value["$ref"] === "string") this.#item(2, "Reference", value);
    else this.#item(1, name, value);
  }

  /** Lists, objects and null have no place. */
  #default(value: unknown): void {
    if (typeof value === "string") this.#text(3, value);
    else if (typeof value === "boolean") this.#boolean(2, value);
    else if (typeof value === "number" || isRawNumber(value)) this.#double(1, numericValue(value));
  }

  #text(number: number, value: string): void {
    const before = this.#writer.size;
    this.#writer.utf8(value);
    this.#writer.delimit(number, before);
  }

  #boolean(number: number, value: boolean): void {
    this.#writer.varint(Number(value));
    this.#writer.tag(number, varintWire);
  }

  #integer(number: number, value: number | RawNumber): void {
    this.#writer.bigVarint(BigInt(isRawNumber(value) ? value.rawJSON : value));
    this.#writer.tag(number, varintWire);
  }

  #double(number: number, value: number): void {
    this.#writer.double(value);
    this.#writer.tag(number, doubleWire);
  }
}

/** Where the members of a message stand, the last first: by number, named ones by name. */
function placesOf(message: MessageName, keys: readonly string[]): Placed[] {
  const placed = keys.flatMap((name) => placeOf(message, name) ?? []);
  return placed.sort((a, b) => b.member.number - a.member.number || (a.name < b.name ? 1 : -1));
}

const extensionMembers = new Map<number, Member>();

function placeOf(message: MessageName, name: string): Placed | undefined {
  const { members, others, extensions, isOpen } = messages[message];
  if (Object.hasOwn(members, name)) return { name, member: members[name] as Member, isNamed: false };
  if (extensions !== undefined && name.startsWith("x-")) {
    const member = extensionMembers.getOrInsertComputed(extensions, (number) => ({
      number,
      form: "any",
      repeated: true,
    }));
    return { name, member, isNamed: true };
  }
  if (others) return { name, member: others, isNamed: true };
  if (isOpen) return undefined;
  throw new TypeError(`${message} of OpenAPI v3 has no place for ${name}`);
}
