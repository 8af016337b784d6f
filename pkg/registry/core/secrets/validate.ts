/** The rules of Secrets: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
import type { Secret } from "#api/types/core/v1";
import { parseExact } from "#pkg/apimachinery/codec/parser.ts";
import { isJsonObject, jsonTypeOf } from "#pkg/apimachinery/codec/raw-json.ts";
import { type FieldError, invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { dataBytesMax, dataKeyErrors, immutableDataErrors } from "../../shared/object-data.ts";

const redacted = "<secret contents redacted>";
const accountAnnotation = "kubernetes.io/service-account.name";

/** The keys that a type's data must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};
const jsonTypes = new Set(["kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"]);

export function validateSecret({ metadata, type = "", data = {} }: Readonly<Secret>): FieldError[] {
  const errors = Object.keys(data)
    .sort()
    .flatMap((key) => dataKeyErrors(`data[${key}]`, key));
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value ?? "", "base64"), 0);
  if (size > dataBytesMax) errors.push(tooLong("data", dataBytesMax));
  return [...errors, ...typeErrors(type, data, metadata.annotations ?? {})];
}

type Texts = Readonly<Record<string, string>>;

function typeErrors(type: string, data: Texts, annotations: Texts): FieldError[] {
  if (type === "kubernetes.io/service-account-token") {
    return annotations[accountAnnotation] ? [] : [required(`metadata.annotations[${accountAnnotation}]`)];
  }
  if (type === "kubernetes.io/ssh-auth") {
    const key = "ssh-privatekey";
    return Object.hasOwn(data, key) && data[key] ? [] : [required(`data[${key}]`)];
  }
  if (type === "kubernetes.io/basic-auth") {
    if (Object.hasOwn(data, "username") || Object.hasOwn(data, "password")) return [];
    return [required("data[username]"), required("data[password]")];
  }
  const keys = Object.hasOwn(requiredKeys, type) ? (requiredKeys[type] ?? []) : [];
  const missing = keys.filter((key) => !Object.hasOwn(data, key));
  const errors = missing.map((key) => required(`data[${key}]`));
  if (!jsonTypes.has(type) || missing.length > 0) return errors;
  const [key = ""] = keys;
  const why = jsonError(Buffer.from(data[key] ?? "", "base64").toString());
  return why === undefined ? errors : [invalid(`data[${key}]`, redacted, why)];
}

/** Why Go would not read a text as an object; null is one to it. */
function jsonError(text: string): string | undefined {
  try {
    const { value } = parseExact(text);
    if (value === null || isJsonObject(value)) return undefined;
    return `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type map[string]interface {}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function validateSecretUpdate(next: Readonly<Secret>, old: Readonly<Secret>): FieldError[] {
  const errors = next.type === old.type ? [] : [invalid("type", next.type, "field is immutable")];
  return [...errors, ...immutableDataErrors(next, old, ["data"])];
}
