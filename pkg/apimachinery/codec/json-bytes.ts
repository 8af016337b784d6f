/** Where things are in JSON that nobody wants to parse. */

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Behind the closing quote of the string that begins at `from`; undefined where there is none. */
export function endOfString(json: Buffer, from: number): number | undefined {
  for (let at = from + 1; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at += 1;
  }
  return undefined;
}

/** Behind what closes the object or the list that begins at `from`; undefined where nothing does. */
export function endOfNested(json: Buffer, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < json.length; ) {
    const byte = json[at];
    if (byte === quote) {
      at = endOfString(json, at) ?? json.length;
      continue;
    }
    at += 1;
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return at;
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
