/** Protobuf answers as text, without any table of ours. */
import { parseFields, type WireField } from "./parse.ts";
import { magic, printBody, printFrames } from "./print.ts";
import { roleOf } from "./roles.ts";

export { isOpenApi, printOpenApi } from "./openapi.ts";

const mediaType = "application/vnd.kubernetes.protobuf";

export const isProtobuf = (contentType: unknown): contentType is string =>
  typeof contentType === "string" && contentType.startsWith(mediaType);

export function printProtobuf(body: Buffer, contentType: string): string {
  const lines = contentType.includes("stream=watch") ? printFrames(body) : printBody(body);
  return lines.join("\n");
}

/** The resourceVersion and continue token of an answer, where later steps look for them. */
export function metadataOf(body: Buffer): { resourceVersion: string; continue: string } {
  const none = { resourceVersion: "", continue: "" };
  if (!body.subarray(0, magic.length).equals(magic)) return none;
  const envelope = parseFields(body.subarray(magic.length));
  const type = fieldsAt(envelope, 1);
  const role = roleOf(textAt(type, 1), textAt(type, 2));
  const metadata = fieldsAt(fieldsAt(envelope, 2), role === "swappedList" ? 2 : 1);
  if (!role.toLowerCase().endsWith("list")) return { ...none, resourceVersion: textAt(metadata, 6) };
  return { resourceVersion: textAt(metadata, 2), continue: textAt(metadata, 3) };
}

type Fields = readonly WireField[] | undefined;

const valueAt = (fields: Fields, number: number): bigint | Buffer | undefined =>
  fields?.find((field) => field.number === number)?.value;

function fieldsAt(fields: Fields, number: number): Fields {
  const value = valueAt(fields, number);
  return Buffer.isBuffer(value) ? parseFields(value) : undefined;
}

const textAt = (fields: Fields, number: number): string => valueAt(fields, number)?.toString() ?? "";
