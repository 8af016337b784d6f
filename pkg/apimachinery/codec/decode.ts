/** From the bytes of a request to an object as Go would decode and write it again. */
import type { TypeName } from "#api/index.ts";
import { copyNote } from "../emptied.ts";
import type { KubeObject } from "../object.ts";
import { invalidObject, StatusError } from "../status-error.ts";
import { invalid } from "../validation/field-error.ts";
import { decoderOf } from "./compile.ts";
import { DecodeContext, DecodeError } from "./context.ts";
import { decodeCustomObject } from "./custom-resource.ts";
import {
  cannotBeHandled,
  type GroupVersionKind,
  kindMismatch,
  kindOf,
  syntaxErrorText,
  unrecognized,
  versionMismatch,
} from "./envelope.ts";
import { countMembers } from "./generic.ts";
import { JsonSyntaxError, type ParsedJson, parseExact } from "./parser.ts";
import { isJsonObject, type JsonObject } from "./raw-json.ts";
import { scanJson } from "./scan.ts";
import { yamlToJson } from "./yaml.ts";

/** What to do about unknown and duplicate fields: refuse, tell, or say nothing. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export type BodyMediaType = "application/json" | "application/yaml";

export interface DecodeOptions extends GroupVersionKind {
  /** Absent for custom resources: then only metadata has a structure. */
  readonly type?: TypeName | undefined;
  readonly fieldValidation: FieldValidation;
  readonly mediaType: BodyMediaType;
}

export interface DecodedObject {
  readonly object: KubeObject;
  /** Texts for `Warning` headers; only with `Warn`. */
  readonly warnings: string[];
}

interface ParsedBody extends ParsedJson {
  readonly text: string;
  /** Object members in the text; undefined where duplicates are known already. */
  readonly members: number | undefined;
  readonly yamlErrors: readonly string[];
  readonly kept?: ReadonlySet<string> | undefined;
}

/** Decodes a request body. Throws StatusError BadRequest in upstream's words. */
export function decodeObject(body: Buffer, options: DecodeOptions): DecodedObject {
  let parsed: ParsedBody;
  try {
    parsed = parseBody(body, options.mediaType);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unrecognized(body, options.kind, syntaxErrorText(error.message));
    // The engine's stack ends before our own bound does.
    if (error instanceof RangeError)
      throw unrecognized(body, options.kind, syntaxErrorText("invalid character '{' exceeded max depth"));
    throw unrecognized(body, options.kind, error instanceof Error ? error.message : String(error));
  }
  return decodeAs(parsed, options, () => body);
}

/**
 * As `decodeObject`, for what is in memory already: what a patch made of an object. `kept`: names of members that
 * are decoded already, which the result shares.
 */
export function decodeObjectValue(
  value: unknown,
  { kept, ...options }: Omit<DecodeOptions, "mediaType"> & { readonly kept?: ReadonlySet<string> | undefined },
): DecodedObject {
  const parsed: ParsedBody = { value, text: "", duplicates: new Map(), members: undefined, yamlErrors: [], kept };
  return decodeAs(parsed, options, () => Buffer.from(JSON.stringify(value) ?? ""));
}

function decodeAs(parsed: ParsedBody, options: Omit<DecodeOptions, "mediaType">, body: () => Buffer): DecodedObject {
  const actual = kindOf(parsed.value, options);
  if (typeof actual === "string") throw unrecognized(body(), options.kind, actual);
  if (options.type === undefined && actual.kind !== options.kind) throw otherKind(actual, parsed.value, options);
  if (options.type !== undefined) {
    const mismatch = kindMismatch(actual, options);
    if (mismatch) throw mismatch;
  }
  const decoded = decodeParsed(parsed, actual, options);
  if (options.type === undefined && (actual.group !== options.group || actual.version !== options.version)) {
    throw versionMismatch(actual, options);
  }
  return decoded;
}

/** Whoever serves a custom resource takes any kind for a value that is wrong. */
function otherKind({ group, kind }: GroupVersionKind, value: unknown, expected: GroupVersionKind): StatusError {
  const { metadata } = value as { metadata?: { name?: unknown } };
  const name = typeof metadata?.name === "string" ? metadata.name : "";
  return invalidObject({ group, kind }, name, [invalid("kind", kind, `must be ${expected.kind}`)]);
}

function parseBody(body: Buffer, mediaType: BodyMediaType): ParsedBody {
  const yaml = mediaType === "application/yaml" ? yamlToJson(body.toString("utf8")) : undefined;
  const text = yaml?.json ?? body.toString("utf8");
  const yamlErrors =
    yaml && yaml.duplicates.length > 0 ? [`yaml: unmarshal errors:\n${yaml.duplicates.join("\n")}`] : [];
  return { ...parseJson(text), text, yamlErrors };
}

/** The value of a YAML body, which most clients write as JSON. Throws an Error in the words of Go's YAML reader. */
export function parseYamlBody(body: Buffer): unknown {
  const text = body.toString("utf8");
  if (body[0] === 0x7b) {
    try {
      return parseJson(text).value;
    } catch {
      // Flow style that is no JSON.
    }
  }
  return parseJson(yamlToJson(text).json).value;
}

/** The keys that a YAML body holds twice, a line each, in the words of Go's strict reader. Throws as `parseYamlBody` does. */
export function duplicateKeysOf(body: Buffer): readonly string[] {
  const text = body.toString("utf8");
  if (body[0] === 0x7b && isUniqueJson(text)) return [];
  return yamlToJson(text).duplicates.map((line) => line.trim());
}

function isUniqueJson(text: string): boolean {
  try {
    const { value, members, duplicates } = parseJson(text);
    return members === undefined ? duplicates.size === 0 : members === countMembers(value);
  } catch {
    return false;
  }
}

function parseJson(text: string): ParsedJson & { members: number | undefined } {
  const scan = scanJson(text);
  if (!scan.exact) {
    try {
      return { value: JSON.parse(text), duplicates: new Map(), members: scan.members };
    } catch {
      // The exact parser finds the same error and words it as Go does.
    }
  }
  return { ...parseExact(text), members: undefined };
}

/** The value of a JSON text, numbers exact; of duplicate keys the last. Throws JsonSyntaxError with Go's text. */
export const parseJsonValue = (text: string): unknown => parseJson(text).value;

/** Parses a JSON text exactly, duplicates included. Throws JsonSyntaxError with Go's text. */
export function parseJsonText(text: string): ParsedJson {
  const { members, ...parsed } = parseJson(text);
  return members === undefined ? parsed : parseExact(text);
}

function decodeParsed(
  parsed: ParsedBody,
  actual: GroupVersionKind,
  options: Omit<DecodeOptions, "mediaType">,
): DecodedObject {
  const strict = options.fieldValidation !== "Ignore";
  try {
    let context = new DecodeContext(parsed.duplicates, parsed.members !== undefined);
    let object = decodeWith(parsed, context, options.type);
    if (strict && parsed.members !== undefined && parsed.members !== context.members && !context.typeError) {
      const exact = parseExact(parsed.text);
      context = new DecodeContext(exact.duplicates);
      object = decodeWith(exact, context, options.type);
    }
    if (context.typeError) throw context.typeError;
    const strictErrors = strict ? [...parsed.yamlErrors, ...context.strictErrors] : [];
    if (strictErrors.length > 0 && options.fieldValidation === "Strict") {
      throw new DecodeError(`strict decoding error: ${strictErrors.join(", ")}`);
    }
    object["kind"] = options.kind;
    object["apiVersion"] = options.group === "" ? options.version : `${options.group}/${options.version}`;
    return { object: object as unknown as KubeObject, warnings: strictErrors };
  } catch (error) {
    if (error instanceof DecodeError) throw cannotBeHandled(actual, options.kind, error);
    if (error instanceof RangeError) throw cannotBeHandled(actual, options.kind, new DecodeError("exceeded max depth"));
    throw StatusError.from(error);
  }
}

/** Room for kind and apiVersion at the front of the object, whatever the body holds. */
const typeMetaFirst = { kind: "-", apiVersion: "-" };

function decodeWith(
  { value, kept }: Pick<ParsedBody, "value" | "kept">,
  context: DecodeContext,
  type: TypeName | undefined,
): JsonObject {
  const object = isJsonObject(value) ? value : {};
  if (type === undefined) return decodeCustomObject(object, context);
  const decoded = decoderOf(type).decode(object, context, kept) as JsonObject;
  const whole = { ...typeMetaFirst, ...decoded };
  copyNote(decoded, whole);
  return whole;
}

export interface DecodedValue {
  readonly object: JsonObject;
  /** `unknown field "spec.x"`, at most 100. */
  readonly strictErrors: string[];
}

/** Decodes a value in memory, after a patch. Throws DecodeError with Go's text, without a prefix. */
export function decodeValue(value: unknown, type: TypeName): DecodedValue {
  const context = new DecodeContext(undefined, false);
  if (!isJsonObject(value)) throw context.typeErrorOf(value, type.slice(type.indexOf("/") + 1));
  const object = decoderOf(type).decode(value, context) as JsonObject;
  if (context.typeError) throw context.typeError;
  return { object, strictErrors: [...context.strictErrors] };
}
