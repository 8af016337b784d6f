/**
 * What `limit`, `continue`, `resourceVersion` and `resourceVersionMatch` ask for.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import { badRequest, invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { type FieldError, forbidden, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import type { ReadAt } from "#pkg/storage/types.ts";
import { isTrue } from "../http/request-info.ts";
import { type ContinueToken, decodeContinue } from "./continue-token.ts";
import { integerOf, wrongRevision } from "./query-numbers.ts";

const latest: ReadAt = { kind: "latest" };
const any: ReadAt = { kind: "any" };

const rejected = (errors: readonly FieldError[]) =>
  invalidObject({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);

/** A list's resourceVersion. Throws 400. */
function parseListRevision(text: string): number {
  const wrong = wrongRevision(text);
  if (wrong) throw badRequest(`invalid resource version: ${wrong}`);
  return Number(text);
}

/** A get's or watch's resourceVersion. Throws 500, as upstream does. */
function parseRevision(text: string): number {
  const wrong = wrongRevision(text);
  if (wrong) throw new StatusError("Unknown", wrong);
  return Number(text);
}

export interface ListRequest {
  readonly at: ReadAt;
  readonly limit: number | undefined;
  readonly token: ContinueToken | undefined;
}

/** Throws 400/422 for combinations that make no sense. */
export function parseListOptions(query: URLSearchParams): ListRequest {
  // Whatever cannot be read is refused first, whether it means anything to a list or not.
  integerOf(query, "timeoutSeconds");
  const limit = positive(integerOf(query, "limit"));
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const continueText = query.get("continue") ?? "";
  const errors = matchErrors(match, version, continueText);
  if (query.has("sendInitialEvents")) {
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (errors.length > 0) throw rejected(errors);
  if (continueText !== "") {
    const token = decodeContinue(continueText);
    if (version !== "" && version !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return { limit, token, at: token.revision > 0 ? { kind: "exact", revision: token.revision } : latest };
  }
  const at = readAt(version, match, limit);
  // Whatever state there is comes whole: upstream serves it from memory, where pages save nothing.
  return { limit: at === any ? undefined : limit, token: undefined, at };
}

function matchErrors(match: string, version: string, continueText: string): FieldError[] {
  if (match === "") return [];
  const errors: FieldError[] = [];
  const field = "resourceVersionMatch";
  if (version === "")
    errors.push(forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (continueText !== "") errors.push(forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
  if (match !== "Exact" && match !== "NotOlderThan") {
    errors.push(notSupported(field, match, ["Exact", "NotOlderThan", ""]));
  }
  if (match === "Exact" && version === "0") {
    errors.push(forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}

/** None and less mean all. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function readAt(version: string, match: string, limit: number | undefined): ReadAt {
  if (version === "") return latest;
  const revision = parseListRevision(version);
  if (match === "Exact") return { kind: "exact", revision };
  if (revision === 0) return any;
  // Without a match, a page of an older state means exactly that state.
  if (match === "" && limit !== undefined) return { kind: "exact", revision };
  return { kind: "notOlderThan", revision };
}

/** A GET's resourceVersion. */
export function parseGetOptions(query: URLSearchParams): ReadAt {
  const version = query.get("resourceVersion");
  if (version === null || version === "") return latest;
  const revision = parseRevision(version);
  return revision === 0 ? any : { kind: "notOlderThan", revision };
}

export interface WatchRequest {
  /** Events after this revision; undefined: existing objects first. */
  readonly after: number | undefined;
  readonly initialEvents: boolean;
  /** Set for watches that do not start at a revision. */
  readonly at: ReadAt;
  /** Start at the present without the existing objects. */
  readonly fromNow: boolean;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

export function parseWatchOptions(query: URLSearchParams): WatchRequest {
  const timeoutSeconds = positive(integerOf(query, "timeoutSeconds"));
  integerOf(query, "limit");
  const version = query.get("resourceVersion") ?? "";
  const initial = query.get("sendInitialEvents");
  const match = query.get("resourceVersionMatch") ?? "";
  const errors = watchMatchErrors(match, initial, query);
  if (errors.length > 0) throw rejected(errors);
  const bookmarks = isTrue(query.get("allowWatchBookmarks"));
  const revision = version === "" ? 0 : parseRevision(version);
  const sendInitial = initial !== null && isTrue(initial);
  const at: ReadAt = version === "" ? latest : revision === 0 ? any : { kind: "notOlderThan", revision };
  const base = { bookmarks, timeoutSeconds, at };
  if (sendInitial) return { ...base, after: undefined, initialEvents: true, fromNow: false };
  if (initial !== null) {
    return { ...base, after: revision > 0 ? revision : undefined, initialEvents: false, fromNow: revision === 0 };
  }
  return { ...base, after: revision > 0 ? revision : undefined, initialEvents: false, fromNow: false };
}

function watchMatchErrors(match: string, initial: string | null, query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const field = "resourceVersionMatch";
  const wantsInitial = initial !== null || startsAnywhere(match, query);
  if (initial !== null && match !== "NotOlderThan") {
    errors.push(forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (initial === null && match !== "") {
    errors.push(forbidden(field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (match !== "" && match !== "NotOlderThan") errors.push(notSupported(field, match, ["NotOlderThan"]));
  if ((match !== "" || wantsInitial) && query.get("continue")) {
    errors.push(forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
  }
  return errors;
}

/** Such a watch gets the present objects first, as if it had asked for them with their end marked. */
function startsAnywhere(match: string, query: URLSearchParams): boolean {
  const version = query.get("resourceVersion") ?? "";
  return match === "" && (version === "" || version === "0");
}
