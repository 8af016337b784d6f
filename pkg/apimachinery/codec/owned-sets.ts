/**
 * Sets of owned fields (`metadata.managedFields[].fieldsV1`) by their text. All objects that one client makes of one template
 * have the same, of some hundred members: it is recognized by its bytes, without being parsed, and shared by all who read it.
 * Nobody changes a set.
 */
import { ownMemory } from "../own-memory.ts";
import { parseJsonValue } from "./decode.ts";
import { endOfNested } from "./json-bytes.ts";
import type { JsonObject } from "./raw-json.ts";

/** Those that were met last. Each takes some ten times its text. */
const setsMax = 64;
/** Longer ones are parsed each time. */
const setBytesMax = 16_384;

const comma = 0x2c;
const closeBrace = 0x7d;

export class OwnedSet {
  readonly json: Buffer;
  readonly text: string;
  readonly fields: JsonObject;
  readonly #texts = new Map<string, string>();

  constructor(json: Buffer) {
    this.json = json;
    this.text = json.toString();
    this.fields = parseJsonValue(this.text) as JsonObject;
  }

  /** The JSON of a member of `fields`; undefined where `node` is not that member. */
  textOf(label: string, node: unknown): string | undefined {
    if (this.fields[label] !== node) return undefined;
    let text = this.#texts.get(label);
    if (text === undefined) {
      text = JSON.stringify(node);
      this.#texts.set(label, text);
    }
    return text;
  }

  /** Whether the JSON has this set's text here, and it ends there. */
  isAt(json: Buffer, start: number): boolean {
    const end = start + this.json.length;
    const next = json[end];
    return (
      (next === comma || next === closeBrace) &&
      json[end - 1] === closeBrace &&
      this.json.compare(json, start, end) === 0
    );
  }
}

/** The last one met comes first. */
const recent: OwnedSet[] = [];

/** The set that begins at `start`. Undefined where nothing ends it. Throws JsonSyntaxError. */
export function ownedSetAt(json: Buffer, start: number): OwnedSet | undefined {
  const at = recent.findIndex((one) => one.isAt(json, start));
  const known = recent[at];
  if (known) {
    if (at > 0) toFront(known, at);
    return known;
  }
  const end = endOfNested(json, start);
  if (end === undefined) return undefined;
  const set = new OwnedSet(ownMemory(json.subarray(start, end)));
  if (set.json.length <= setBytesMax) toFront(set, setsMax - 1);
  return set;
}

/** The one at `from` gives way. */
function toFront(set: OwnedSet, from: number): void {
  recent.splice(from, 1);
  recent.unshift(set);
}
