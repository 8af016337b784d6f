/**
 * A message as lines, one a field, each with the numbers that lead to it: two messages that differ in anything but what varies
 * from server to server print differently, be it in the order of fields, in a zero that is written or in a length's bytes.
 */
import { parseFields, type WireField, wires } from "./parse.ts";
import { isUnordered, type Role, roleOf, rolesOf, varyingOf } from "./roles.ts";

/** What `k8s\0` and runtime.Unknown begin with. */
export const magic = Buffer.from("k8s\0", "latin1");

/** Times within this distance of now are those of this run, seconds. */
const nearSeconds = 2n * 86_400n;

interface Place {
  readonly path: string;
  readonly role?: Role | undefined;
}

/** A whole answer: an envelope, or whatever else it is. */
export function printBody(bytes: Buffer, path = ""): string[] {
  if (!bytes.subarray(0, magic.length).equals(magic)) return [`${path}no envelope`, ...printValue(bytes, { path })];
  const fields = parseFields(bytes.subarray(magic.length));
  if (!fields) return [`${path}unreadable envelope ${bytes.toString("hex")}`];
  const lines = [`${path}k8s`];
  for (const field of fields) {
    const place = { path: `${path}${field.number}` };
    // Field 2 is the object, even where it is so short that it could be a text.
    if (field.number === 2 && Buffer.isBuffer(field.value)) {
      lines.push(...printMessage(field.value, { ...place, role: roleOf(textOf(fields, 1), textOf(fields, 2)) }));
    } else lines.push(...printField(field, place));
  }
  return lines;
}

/** Of an envelope, which begins with `{1: {1: apiVersion, 2: kind}}`. */
function textOf(fields: readonly WireField[], part: number): string {
  const type = fields.find(({ number }) => number === 1)?.value;
  const inner = Buffer.isBuffer(type) ? parseFields(type) : undefined;
  return String(inner?.find(({ number }) => number === part)?.value ?? "");
}

/** A watch: each event behind four bytes of length. */
export function printFrames(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0, frame = 1; at < bytes.length; frame++) {
    const length = bytes.length - at >= 4 ? bytes.readUInt32BE(at) : undefined;
    if (length === undefined || at + 4 + length > bytes.length) {
      return [...lines, `frame ${frame}: cut off: ${bytes.subarray(at).toString("hex")}`];
    }
    lines.push(...printMessage(bytes.subarray(at + 4, at + 4 + length), { path: `frame ${frame}: ` }));
    at += 4 + length;
  }
  return lines;
}

/** `bytes` are known to be a message. */
function printMessage(bytes: Buffer, { path, role }: Place): string[] {
  const fields = parseFields(bytes);
  if (!fields) return [`${path} unreadable ${bytes.toString("hex")}`];
  return [`${path} {${fields.length === 0 ? "}" : ""}`, ...printFields(fields, { path, role })];
}

function printFields(fields: readonly WireField[], { path, role }: Place): string[] {
  const time = isNow(fields);
  const printed = fields.map((field) => {
    const inner = { path: `${path}${/\d$/.test(path) ? "." : ""}${field.number}`, role };
    if (time && field.value !== 0n) return [`${inner.path} <${field.number === 1 ? "time" : "nanos"}>`];
    return printField(field, inner);
  });
  const ordered = printed.filter((_, i) => !isUnordered(role, (fields[i] as WireField).number));
  const unordered = printed.filter((_, i) => isUnordered(role, (fields[i] as WireField).number));
  return [...ordered, ...unordered.toSorted((a, b) => (a.join() < b.join() ? -1 : 1))].flat();
}

/** `{1: seconds, 2: nanos}` of this run. */
function isNow(fields: readonly WireField[]): boolean {
  const [seconds, nanos] = fields;
  if (fields.length !== 2 || seconds?.number !== 1 || nanos?.number !== 2) return false;
  if (typeof seconds.value !== "bigint" || typeof nanos.value !== "bigint") return false;
  const distance = seconds.value - BigInt(Math.floor(Date.now() / 1000));
  return distance < nearSeconds && distance > -nearSeconds;
}

/** `role` is that of the message which the field is in. */
function printField({ number, wire, value, minimal }: WireField, { path, role }: Place): string[] {
  const head = minimal ? path : `${path} (longer than needed)`;
  const varying = role && varyingOf[role][number];
  if (typeof value === "bigint") return [`${head} ${varying && value !== 0n ? `<${varying}>` : value}`];
  if (wire !== wires.bytes) return [`${head} fixed ${value.toString("hex")}`];
  if (varying && value.length > 0 && value.toString() !== "0") return [`${head} <${varying}>`];
  return printValue(value, { path: head, role: role && rolesOf[role][number] });
}

/** Bytes that may be a text, a message, an object of any kind or neither. */
function printValue(bytes: Buffer, { path, role }: Place): string[] {
  if (bytes.length === 0) return [`${path} ""`];
  if (bytes.subarray(0, magic.length).equals(magic)) return printBody(bytes, `${path}: `);
  const text = bytes.toString();
  const isText = Buffer.from(text).equals(bytes);
  if (isText && !hasControl(text)) return [`${path} ${JSON.stringify(text)}`];
  const fields = parseFields(bytes);
  if (fields) return [`${path} {`, ...printFields(fields, { path, role })];
  return [`${path} ${isText ? JSON.stringify(text) : bytes.toString("hex")}`];
}

/** Nearly every message has some: numbers and lengths of its first fields. */
const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);
