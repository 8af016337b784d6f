/**
 * An object for who changes its metadata alone: the other members are neither parsed nor written anew, and sets of owned
 * fields are parsed once for all objects that have the same.
 */
import type { KubeObject } from "../object.ts";
import { parseJsonValue } from "./decode.ts";
import { deferredObject, jsonTextOf } from "./deferred.ts";
import { endOfNested, type Member, membersOf, NestedWalk } from "./json-bytes.ts";
import { ownedFieldsMember, putOwnedFields } from "./owned-fields-text.ts";
import { type OwnedSet, ownedSetAt } from "./owned-sets.ts";
import { type JsonObject, setKey } from "./raw-json.ts";

type ObjectMeta = KubeObject["metadata"];
type ManagedEntry = NonNullable<ObjectMeta["managedFields"]>[number];

const backslash = 0x5c;
const openBrace = 0x7b;

export class LeanObject {
  /** Its members but metadata are deferred, as far as they are objects. */
  readonly object: KubeObject;
  readonly #sets: readonly OwnedSet[];

  private constructor(object: KubeObject, sets: readonly OwnedSet[]) {
    this.object = object;
    this.#sets = sets;
  }

  /** Undefined for JSON that only parsing as a whole finds its way through. */
  static parse(json: Buffer): LeanObject | undefined {
    const parts = new Parts(json);
    const members = membersOf(json, (name, from) =>
      name === "metadata" ? parts.endOfMetadata(from) : parts.endOfMember(from),
    );
    if (!members || hasTwice(members)) return undefined;
    const object = parseJsonValue(parts.lean()) as KubeObject;
    const fields = parts.sets.map((set) => set.fields);
    if (!putOwnedFields(object, fields)) return undefined;
    for (const { name, start, end } of members) {
      if (name === "metadata" || json[start] !== openBrace) continue;
      setKey(object as unknown as JsonObject, name, deferredObject(json.toString("utf8", start, end)));
    }
    return new LeanObject(object, parts.sets);
  }

  /** The JSON of what somebody made of `object`. */
  encode(next: Readonly<KubeObject>): Buffer {
    const members: string[] = [];
    for (const name of Object.keys(next)) {
      const value = (next as unknown as JsonObject)[name];
      if (value === undefined) continue;
      const text = name === "metadata" ? this.#metadataText(value as ObjectMeta) : valueText(value);
      members.push(`${JSON.stringify(name)}:${text}`);
    }
    return Buffer.from(`{${members.join(",")}}`);
  }

  #metadataText(metadata: ObjectMeta): string {
    const { managedFields } = metadata;
    if (!managedFields || Object.keys(metadata).at(-1) !== "managedFields") return JSON.stringify(metadata);
    const entries = managedFields.map((entry) => this.#entryText(entry));
    return `${openText({ ...metadata, managedFields: undefined })}"managedFields":[${entries.join(",")}]}`;
  }

  #entryText(entry: ManagedEntry): string {
    const { fieldsV1, subresource } = entry;
    const last = Object.keys(entry).at(subresource === undefined ? -1 : -2);
    if (typeof fieldsV1 !== "object" || fieldsV1 === null || last !== "fieldsV1") return JSON.stringify(entry);
    const before = openText({ ...entry, fieldsV1: undefined, subresource: undefined });
    const after = subresource === undefined ? "}" : `,"subresource":${JSON.stringify(subresource)}}`;
    return `${before}"fieldsV1":${this.#setText(fieldsV1 as JsonObject)}${after}`;
  }

  /** What a set shares with one that was read has its text. */
  #setText(set: JsonObject): string {
    for (const { fields, text } of this.#sets) if (fields === set) return text;
    const members = Object.keys(set).map((label) => `${JSON.stringify(label)}:${this.#nodeText(label, set[label])}`);
    return `{${members.join(",")}}`;
  }

  #nodeText(label: string, node: unknown): string {
    for (const set of this.#sets) {
      const text = set.textOf(label, node);
      if (text !== undefined) return text;
    }
    return JSON.stringify(node);
  }
}

const valueText = (value: unknown): string =>
  typeof value === "object" && value !== null ? jsonTextOf(value) : JSON.stringify(value);

/** An object's JSON, to which members are still to be added. */
function openText(object: object): string {
  const text = JSON.stringify(object);
  return text === "{}" ? "{" : `${text.slice(0, -1)},`;
}

const hasTwice = (members: readonly Member[]): boolean =>
  members.some(({ name }, at) => members.findIndex((other) => other.name === name) < at);

/** Takes an object's JSON apart. */
class Parts {
  /** In the order in which they were met. */
  readonly sets: OwnedSet[] = [];
  readonly #json: Buffer;
  #text = "";
  #done = 0;

  constructor(json: Buffer) {
    this.#json = json;
  }

  /** The JSON without what was left out. */
  lean(): string {
    return this.#text + this.#json.toString("utf8", this.#done);
  }

  /** Leaves out the sets of owned fields. */
  endOfMetadata(from: number): number | undefined {
    const json = this.#json;
    const walk = new NestedWalk(json, from);
    for (let at = json.indexOf(ownedFieldsMember, from); at >= 0; at = json.indexOf(ownedFieldsMember, walk.at)) {
      const start = at + ownedFieldsMember.length - 1;
      if (walk.run(start)) return walk.at;
      // A name that only ends like this one.
      if (json[at - 1] === backslash) return undefined;
      const set = ownedSetAt(json, start);
      if (!set) return undefined;
      walk.at = start + set.json.length;
      this.#leaveOut(start, walk.at, String(this.sets.length));
      this.sets.push(set);
    }
    return walk.run(json.length) ? walk.at : undefined;
  }

  /** Leaves it out if it is an object. */
  endOfMember(from: number): number | undefined {
    const end = endOfNested(this.#json, from);
    if (end !== undefined && this.#json[from] === openBrace) this.#leaveOut(from, end, "null");
    return end;
  }

  #leaveOut(start: number, end: number, placeholder: string): void {
    this.#text += this.#json.toString("utf8", this.#done, start) + placeholder;
    this.#done = end;
  }
}
