/**
 * Puts `metadata.resourceVersion` into an object's JSON without parsing it.
 *
 * The version goes behind `uid`, its place in the API's order of fields, when `metadata` begins in that order as what we
 * write does; first into `metadata` otherwise; one that is already there is cut out. Only the bytes before `metadata` are
 * scanned (a few dozen in what we write: `{"apiVersion":…,"kind":…,"metadata":{`), and those of `metadata` itself only when
 * the name `resourceVersion` occurs somewhere behind it.
 */
import { endOfNested, endOfString } from "#pkg/apimachinery/codec/index.ts";

const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

const versionName = Buffer.from('"resourceVersion"');

/**
 * The object with its version, in memory of exactly its size: the result outlives the network buffer that `json` may
 * be a view of. Throws SyntaxError when `json` is no JSON object.
 */
export function spliceResourceVersion(json: Buffer, revision: number): Buffer {
  const metadata = findMember(json, skipSpace(json, 0), "metadata");
  if (!metadata.found || json[metadata.valueStart] !== openBrace) return addMetadata(json, metadata, revision);
  const { valueStart } = metadata;
  const old = mayHaveVersion(json, valueStart) ? findMember(json, valueStart, "resourceVersion") : undefined;
  const inside = valueStart + 1;
  const text = `"resourceVersion":"${revision}"`;
  if (!old?.found) {
    const behindUid = endOfUid(json, inside);
    if (behindUid !== undefined) return replace(json, { start: behindUid, end: behindUid, text: `,${text}` });
    const empty = json[skipSpace(json, inside)] === closeBrace;
    return replace(json, { start: inside, end: inside, text: empty ? text : `${text},` });
  }
  return replace(json, { start: old.nameStart, end: skipValue(json, old.valueStart), text });
}

const namesBeforeUid = ["name", "generateName", "namespace", "selfLink"].map((name) => Buffer.from(`"${name}":"`));
const uidName = Buffer.from('"uid":"');

/** Where `uid`'s value ends, when nothing but the plain strings that belong there precede it; no space between them. */
function endOfUid(json: Buffer, inside: number): number | undefined {
  let at = inside;
  for (const name of namesBeforeUid) {
    if (!startsAt(json, at, name)) continue;
    at = skipString(json, at + name.length - 1);
    if (json[at] !== comma) return undefined;
    at += 1;
  }
  return startsAt(json, at, uidName) ? skipString(json, at + uidName.length - 1) : undefined;
}

function startsAt(json: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i += 1) if (json[at + i] !== text[i]) return false;
  return true;
}

/** An escaped name (`"resource\u0056ersion"`) has a backslash; nobody writes one, but it must not be wrong. */
function mayHaveVersion(json: Buffer, from: number): boolean {
  return json.indexOf(versionName, from) >= 0 || json.indexOf("\\u", from) >= 0;
}

function addMetadata(json: Buffer, found: Member, revision: number): Buffer {
  const object = `{"resourceVersion":"${revision}"}`;
  if (found.found) {
    return replace(json, { start: found.valueStart, end: skipValue(json, found.valueStart), text: object });
  }
  const inside = skipSpace(json, 0) + 1;
  const empty = json[skipSpace(json, inside)] === closeBrace;
  return replace(json, { start: inside, end: inside, text: `"metadata":${object}${empty ? "" : ","}` });
}

interface Edit {
  readonly start: number;
  readonly end: number;
  /** ASCII. */
  readonly text: string;
}

function replace(json: Buffer, edit: Edit): Buffer {
  const size = json.length - (edit.end - edit.start) + edit.text.length;
  // Not from a pool: one small object that lives long would keep the pool's whole slab.
  const result = Buffer.allocUnsafeSlow(size);
  json.copy(result, 0, 0, edit.start);
  result.write(edit.text, edit.start, "latin1");
  json.copy(result, edit.start + edit.text.length, edit.end);
  return result;
}

interface Member {
  readonly found: boolean;
  /** Where the name's opening quote is. */
  readonly nameStart: number;
  readonly valueStart: number;
}

const absent: Member = { found: false, nameStart: 0, valueStart: 0 };

/** Finds a member of the object that opens at `at`. Where its value ends is for who needs it to find. */
function findMember(json: Buffer, at: number, name: string): Member {
  if (json[at] !== openBrace) throw new SyntaxError("a stored value is not a JSON object");
  let position = skipSpace(json, at + 1);
  while (json[position] === quote) {
    const nameStart = position;
    const nameEnd = skipString(json, position);
    const afterName = skipSpace(json, nameEnd);
    if (json[afterName] !== colon) throw new SyntaxError("a stored object has a name without a value");
    const valueStart = skipSpace(json, afterName + 1);
    if (isName(json, nameStart, nameEnd, name)) return { found: true, nameStart, valueStart };
    position = skipSpace(json, skipValue(json, valueStart));
    if (json[position] === comma) position = skipSpace(json, position + 1);
  }
  if (json[position] !== closeBrace) throw new SyntaxError("a stored object is cut short");
  return absent;
}

function isName(json: Buffer, start: number, end: number, name: string): boolean {
  const text = json.toString("latin1", start + 1, end - 1);
  if (text === name) return true;
  return text.includes("\\") && JSON.parse(json.toString("utf8", start, end)) === name;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  for (let byte = json[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = json[at]) at += 1;
  return at;
}

/** From an opening quote to behind the closing one. */
function skipString(json: Buffer, from: number): number {
  const end = endOfString(json, from);
  if (end === undefined) throw new SyntaxError("a stored object has an open string");
  return end;
}

function skipNested(json: Buffer, from: number): number {
  const end = endOfNested(json, from);
  if (end === undefined) throw new SyntaxError("a stored object is cut short");
  return end;
}

function skipValue(json: Buffer, from: number): number {
  const first = json[from];
  if (first === quote) return skipString(json, from);
  if (first === openBrace || first === openBracket) return skipNested(json, from);
  let at = from;
  for (let byte = json[at]; byte !== undefined && !endsScalar(byte); byte = json[at]) at += 1;
  if (at === from) throw new SyntaxError("a stored object has a name without a value");
  return at;
}

const endsScalar = (byte: number): boolean =>
  byte === comma || byte === closeBrace || byte === closeBracket || byte <= 0x20;
