/** Parameters that many operations take stand once in a version 2 document, each under a name made of what it says. Pure. */
import type { Schema } from "./schemas.ts";

const lists = ["get", "put", "post", "delete", "options", "head", "patch"];

/** The paths with references in the place of parameters; what these refer to is added to `shared`. */
export function shareParameters(
  paths: Readonly<Record<string, Schema>>,
  shared: Map<string, Schema>,
): Record<string, Schema> {
  const known = new Map<Schema, Schema>();
  const share = (parameter: Schema): Schema =>
    known.getOrInsertComputed(parameter, () => {
      if (!isShared(parameter)) return parameter;
      const name = `${parameter["name"]}-${hashOf(goJson(parameter))}`;
      shared.set(name, parameter);
      return { $ref: `#/parameters/${name}` };
    });
  const within = (holder: Schema): Schema =>
    Array.isArray(holder["parameters"]) ? { ...holder, parameters: holder["parameters"].map(share) } : holder;
  const item = (of: Schema): Schema =>
    within(
      Object.fromEntries(
        Object.entries(of).map(([name, one]) => [name, lists.includes(name) ? within(one as Schema) : one]),
      ),
    );
  return Object.fromEntries(Object.entries(paths).map(([path, of]) => [path, item(of)]));
}

/** Those that speak of one kind stay where they are, and so do those by which clients tell what a server can do. */
function isShared({ name, in: place, schema }: Schema): boolean {
  if (name === "name" || (place === "query" && (name === "fieldValidation" || name === "dryRun"))) return false;
  if (place !== "body") return true;
  const { $ref } = (schema ?? {}) as { $ref?: string };
  return $ref?.startsWith("#/definitions/io.k8s.apimachinery") === true;
}

/** As Go writes it, which escapes what HTML would take for its own. */
const goJson = (value: Schema): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

const fnvOffset = 0xcbf29ce484222325n;
const fnvPrime = 0x100000001b3n;

/** FNV-1 of 64 bits; the first six bytes as eight characters. */
function hashOf(text: string): string {
  let hash = fnvOffset;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, hash * fnvPrime) ^ BigInt(byte);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(hash);
  return bytes.subarray(0, 6).toString("base64url");
}
