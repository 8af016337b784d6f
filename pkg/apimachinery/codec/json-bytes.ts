/** Where things are in JSON that nobody wants to parse. */

const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

/** Behind the closing quote of the string that begins at `from`; undefined where there is none. */
export function endOfString(json: Buffer, from: number): number | undefined {
  for (let at = from + 1; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at += 1;
  }
  return undefined;
}

/** Through an object or a list, byte by byte, with stops on the way. */
export class NestedWalk {
  readonly #json: Buffer;
  #depth = 0;
  /** The next byte to be looked at. */
  at: number;

  /** `at`: where the object or the list begins. */
  constructor(json: Buffer, at: number) {
    this.#json = json;
    this.at = at;
  }

  /** Goes on to `until`, or to behind what closes the object or the list: only then it is true. */
  run(until: number): boolean {
    const json = this.#json;
    let { at } = this;
    let depth = this.#depth;
    while (at < until) {
      const byte = json[at];
      if (byte === quote) {
        at = endOfString(json, at) ?? json.length;
        continue;
      }
      at += 1;
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) {
        this.at = at;
        return true;
      }
    }
    this.at = at;
    this.#depth = depth;
    return false;
  }
}

/** Behind what closes the object or the list that begins at `from`; undefined where nothing does. */
export function endOfNested(json: Buffer, from: number): number | undefined {
  const walk = new NestedWalk(json, from);
  return walk.run(json.length) ? walk.at : undefined;
}

export interface Member {
  readonly name: string;
  /** Of the value. */
  readonly start: number;
  readonly end: number;
}

/**
 * The members of an object that nobody has indented. Undefined where only parsing finds them: spaces between them, escapes in
 * their names, or something wrong. `endOfValue` may know better than a walk where an object or a list ends.
 */
export function membersOf(
  json: Buffer,
  endOfValue: (name: string, from: number) => number | undefined = (_, from) => endOfNested(json, from),
): Member[] | undefined {
  const members: Member[] = [];
  if (json[0] !== openBrace) return undefined;
  for (let at = 1; json[at] === quote; ) {
    const afterName = endOfString(json, at);
    if (afterName === undefined || json[afterName] !== colon) return undefined;
    const name = json.toString("utf8", at + 1, afterName - 1);
    const start = afterName + 1;
    const isNested = json[start] === openBrace || json[start] === openBracket;
    const end = isNested ? endOfValue(name, start) : endOfScalar(json, start);
    if (end === undefined || name.includes("\\")) return undefined;
    members.push({ name, start, end });
    if (json[end] === closeBrace) return end + 1 === json.length ? members : undefined;
    if (json[end] !== comma) return undefined;
    at = end + 1;
  }
  return undefined;
}

function endOfScalar(json: Buffer, from: number): number | undefined {
  if (json[from] === quote) return endOfString(json, from);
  for (let at = from; at < json.length; at += 1) {
    const byte = json[at] as number;
    if (byte === comma || byte === closeBrace) return at;
    if (byte <= space || byte === quote) return undefined;
  }
  return undefined;
}

const metadataMember = '"metadata":{';

/**
 * An object's `metadata` as it is written, a view of the bytes. Undefined where only parsing finds it: everybody who writes
 * objects puts nothing but their kind and version before it.
 */
export function metadataBytes(json: Buffer): Buffer | undefined {
  const at = json.indexOf(metadataMember);
  if (at < 0 || json[0] !== openBrace) return undefined;
  // No string that could hold the name, and no other object or list that it could be in.
  for (let i = 1; i < at; i += 1) {
    const byte = json[i];
    if (byte === backslash || byte === openBrace || byte === openBracket) return undefined;
  }
  const start = at + metadataMember.length - 1;
  const end = endOfNested(json, start);
  return end === undefined ? undefined : json.subarray(start, end);
}
