/** Whether a body is of the kind that the request is about, and what to say where it is not. */
import { schema } from "#api/index.ts";
import { badRequest, StatusError } from "../status-error.ts";
import { DecodeError } from "./context.ts";
import { isObjectKind } from "./go-names.ts";
import { isJsonObject, jsonTypeOf } from "./raw-json.ts";

/** The kind that a request expects or a body declares. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export const printGroupVersion = ({ group, version }: { group: string; version: string }): string =>
  group === "" ? version : `${group}/${version}`;

const summaryMax = 30;

/** The start of a body: as it is when it looks like JSON, else in hexadecimal. */
function summarize(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const more = body.length > summaryMax ? " ..." : "";
  return body.subarray(0, summaryMax).toString(body[0] === 123 ? "utf8" : "hex") + more;
}

/** The body is so wrong that not even its kind is known. */
export function unrecognized(body: Buffer, kind: string, why: string): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summarize(body)})`);
}

/** The body's kind is known, but it does not decode. */
export function cannotBeHandled(actual: GroupVersionKind, kind: string, why: DecodeError): StatusError {
  const head = `${actual.kind} in version ${JSON.stringify(actual.version)} cannot be handled as a ${kind}`;
  return new StatusError("BadRequest", `${head}: ${why.message}`, { cause: why });
}

const parseErrorPrefix = "couldn't get version/kind; json parse error: ";

/** The text for a body that is not JSON. */
export const syntaxErrorText = (why: string): string => parseErrorPrefix + why;

/** The kind that a body declares, completed by the expected one; or the text of what is wrong. */
export function kindOf(value: unknown, expected: GroupVersionKind): GroupVersionKind | string {
  if (value === null) return expected;
  if (!isJsonObject(value)) {
    return `${parseErrorPrefix}json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
  }
  for (const name of ["apiVersion", "kind"]) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field !== undefined && field !== null && typeof field !== "string") {
      return `${parseErrorPrefix}json: cannot unmarshal ${jsonTypeOf(field)} into Go struct field .${name} of type string`;
    }
  }
  const apiVersion = textOf(value, "apiVersion");
  const parts = apiVersion.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const [group = "", version = ""] = parts.length === 2 ? parts : ["", parts[0]];
  const kind = textOf(value, "kind") || expected.kind;
  if (version === "" && (group === "" || group === expected.group)) {
    return { group: expected.group, version: expected.version, kind };
  }
  return { group, version, kind };
}

function textOf(object: Readonly<Record<string, unknown>>, key: string): string {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === "string" ? value : "";
}

/** Upstream's file that defines the scheme: part of the text that clients see. */
const schemeName = "pkg/api/legacyscheme/scheme.go:30";

export const noKind = (kind: string, version: string, scheme = schemeName): string =>
  `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme ${JSON.stringify(scheme)}`;

const packageOf = (group: string): string => (group === "" ? "core" : (group.split(".")[0] ?? group));

const hasKind = ({ group, version, kind }: GroupVersionKind): boolean =>
  schema.resources.some((r) => r.group === group && r.version === version && r.kind === kind) ||
  isObjectKind(`${group === "" ? "core" : group}/${version}.${kind}`) ||
  (version === "v1" && isObjectKind(`meta/v1.${kind}`));

/** What is wrong with a body that declares another kind than expected; undefined where that is fine. */
export function kindMismatch(actual: GroupVersionKind, expected: GroupVersionKind): StatusError | undefined {
  const sameGroup = actual.group === expected.group;
  if (sameGroup && actual.version === expected.version && actual.kind === expected.kind) return undefined;
  const version = printGroupVersion(actual);
  if (!hasKind(actual)) {
    return cannotBeHandled(actual, expected.kind, new DecodeError(noKind(actual.kind, version)));
  }
  if (actual.kind === expected.kind) return versionMismatch(actual, expected);
  const why = `converting (${actual.version}.${actual.kind}) to (${packageOf(expected.group)}.${expected.kind}): unknown conversion`;
  return cannotBeHandled(actual, expected.kind, new DecodeError(why));
}

/** The kind is right and its version is not. */
export const versionMismatch = (actual: GroupVersionKind, expected: GroupVersionKind): StatusError =>
  badRequest(
    `the API version in the data (${printGroupVersion(actual)}) does not match the expected API version (${printGroupVersion(expected)})`,
  );
