/** Documents of OpenAPI v3 in protobuf, read by the names that the .proto gives to their fields. */
import { openApiMessages } from "./openapi-messages.ts";
import { parseFields, type WireField, wires } from "./parse.ts";

export const isOpenApi = (contentType: unknown): boolean =>
  typeof contentType === "string" && contentType.startsWith("application/com.github.proto-openapi.spec.v3");

/** In the order of the bytes. */
export interface ReadField {
  readonly name: string;
  readonly value: string | number | bigint | boolean | readonly ReadField[];
}

/** Throws for bytes that are none of the message's, or take more of them than they need. */
export function readMessage(bytes: Buffer, type: string): ReadField[] {
  const known = openApiMessages.get(type);
  const fields = parseFields(bytes);
  if (!known || !fields) throw new Error(`no ${type}: ${bytes.toString("hex", 0, 40)}`);
  return fields.map((field) => {
    const is = known.get(field.number);
    if (!is || !field.minimal) throw new Error(`${type} has no field like ${field.number}`);
    return { name: is.name, value: readValue(field, is.type) };
  });
}

function readValue({ wire, value }: WireField, type: string): ReadField["value"] {
  if (type === "double" && wire === wires.fixed64) return (value as Buffer).readDoubleLE();
  if (type === "bool" && wire === wires.varint && (value === 0n || value === 1n)) return value === 1n;
  if (type === "int64" && wire === wires.varint) return BigInt.asIntN(64, value as bigint);
  if (wire !== wires.bytes) throw new Error(`no ${type} is of wire type ${wire}`);
  if (type === "string") return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value as Buffer);
  return readMessage(value as Buffer, type);
}

/** A line a field. Descriptions are left out: those of the same document in JSON are counted. */
export function printOpenApi(bytes: Buffer): string {
  const lines: string[] = [];
  printFields(readMessage(bytes, "Document"), "", lines);
  return lines.join("\n");
}

function printFields(fields: readonly ReadField[], indent: string, lines: string[]): void {
  for (const { name, value } of fields) {
    if (typeof value === "object") {
      lines.push(`${indent}${name}`);
      printFields(value, `${indent} `, lines);
    } else if (name !== "description") {
      lines.push(`${indent}${name}: ${typeof value === "string" ? JSON.stringify(value) : value}`);
    }
  }
}
