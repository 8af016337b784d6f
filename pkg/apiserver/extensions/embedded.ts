/** Whole objects inside of objects (`x-kubernetes-embedded-resource`): type and metadata follow the rules of all objects. */
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { validateObjectMeta } from "#pkg/registry/shared/object-meta.ts";
import { asSchema, isObject, memberSchema, type Structural } from "./structural.ts";

type Json = Record<string, unknown>;

/** Metadata, type or version that can be none, in upstream's words: `spec.x.metadata: Invalid value: …`. */
export class EmbeddedError extends Error {
  override readonly name = "EmbeddedError";
}

/** Metadata has the members that it has everywhere; others go, in place: returns their paths. Throws EmbeddedError if `strict`. */
export function pruneEmbedded(value: Json, path: string, strict: boolean): string[] {
  const refuse = (member: string, why: string): void => {
    if (!strict) return;
    const { field, detail } = invalid(`${path}.${member}`, value[member], why);
    throw new EmbeddedError(`${field}: ${detail}`);
  };
  for (const member of ["apiVersion", "kind"]) {
    if (Object.hasOwn(value, member) && typeof value[member] !== "string") refuse(member, "must be a string");
  }
  const { metadata } = value;
  if (metadata === undefined || metadata === null) return [];
  const known = readMetadata(metadata);
  if (typeof known === "string") {
    refuse("metadata", known);
    return [];
  }
  if (sameJson(known, metadata)) return [];
  value["metadata"] = known;
  return Object.keys(metadata)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => `${path}.metadata.${name}`);
}

/** A text says why it is none. */
function readMetadata(metadata: unknown): Json | string {
  if (!isObject(metadata)) {
    const kind = Array.isArray(metadata) ? "array" : typeof metadata === "boolean" ? "bool" : typeof metadata;
    return `json: cannot unmarshal ${kind} into Go value of type v1.ObjectMeta`;
  }
  try {
    return normalize(metadata, "meta/v1.ObjectMeta") as Json;
  } catch (error) {
    return (error as Error).message;
  }
}

export function validateEmbedded(value: unknown, schema: Structural | undefined, path = ""): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => validateEmbedded(item, asSchema(schema.items), `${path}[${at}]`));
  }
  if (!isObject(value)) return [];
  const own = schema["x-kubernetes-embedded-resource"] === true ? objectErrors(value, path) : [];
  const inside = Object.entries(value).flatMap(([name, member]) => {
    const isNamed = Object.hasOwn(schema.properties ?? {}, name);
    const at = isNamed ? `${path === "" ? "" : `${path}.`}${name}` : `${path}[${name}]`;
    return validateEmbedded(member, memberSchema(schema, name), at);
  });
  return [...own, ...inside];
}

function objectErrors(object: Json, path: string): FieldError[] {
  const { apiVersion, kind, metadata } = object;
  const errors: FieldError[] = [];
  const at = (member: string): string => `${path}.${member}`;
  if (apiVersion === undefined) errors.push(required(at("apiVersion")));
  else errors.push(...apiVersionErrors(apiVersion, at("apiVersion")));
  if (kind === undefined) errors.push(required(at("kind")));
  else errors.push(...kindErrors(kind, at("kind")));
  if (metadata !== undefined) errors.push(...metadataErrors(metadata, at("metadata")));
  return errors;
}

function apiVersionErrors(value: unknown, path: string): FieldError[] {
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  return value.split("/").length > 2 ? [invalid(path, value, `unexpected GroupVersion string: ${value}`)] : [];
}

const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelLengthMax = 63;

function kindErrors(value: unknown, path: string): FieldError[] {
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  const texts: string[] = [];
  if (value.length > labelLengthMax) texts.push(`must be no more than ${labelLengthMax} characters`);
  if (value.length > labelLengthMax * 2 || !label1035.test(value.toLowerCase())) {
    texts.push(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    );
  }
  if (texts.length === 0) return [];
  return [invalid(path, value, `may have mixed case, but should otherwise match: ${texts.join(",")}`)];
}

function metadataErrors(value: unknown, path: string): FieldError[] {
  const metadata = readMetadata(value);
  if (typeof metadata === "string") return [invalid(path, value, metadata)];
  const name = (metadata["name"] as string | undefined) || "fakename";
  const namespaced = Boolean(metadata["namespace"]);
  return validateObjectMeta({ ...metadata, name }, { namespaced, validateName: segmentErrors, path });
}

/** Any name that can stand in a path. */
function segmentErrors(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}
