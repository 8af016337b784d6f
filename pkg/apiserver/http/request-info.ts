/** What a request's path and method mean: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
import { badRequest } from "#pkg/apimachinery/status-error.ts";

export type ResourceVerb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  /** CONNECT-like access keeps the verb of its method; `proxy` is the legacy path form. */
  | "proxy";

export interface RequestInfo {
  readonly method: string;
  /** Percent-decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Undefined: not below a group version, `/healthz`, `/apis/apps`. */
  readonly resource: ResourceRequest | undefined;
}

export interface ResourceRequest {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly verb: ResourceVerb;
  /** What follows the subresource: the path for a proxy. */
  readonly rest: readonly string[];
}

const namespaceSubresources = new Set(["status", "finalize"]);
const noQuery = new URLSearchParams();

/** Throws 400 on an undecodable path. */
export function parseRequestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf("?");
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1));
  const segments = rawPath.split("/");
  segments.shift();
  const isEncoded = rawPath.includes("%");
  if (isEncoded) for (let i = 0; i < segments.length; i++) segments[i] = decodeSegment(segments[i] as string);
  if (rawPath.includes("\0")) throw badRequest("invalid character in the request path");
  const isOpen = segments.at(-1) === "";
  if (isOpen) segments.pop();
  const isPlain = !isEncoded && !isOpen && rawPath.startsWith("/");
  const path = isPlain ? rawPath : `/${segments.join("/")}`;
  return { method, path, query, resource: resourceOf(method, segments, query) };
}

function decodeSegment(segment: string): string {
  try {
    const decoded = decodeURIComponent(segment);
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest(`invalid URL escape in the request path`);
}

function resourceOf(method: string, segments: string[], query: URLSearchParams): ResourceRequest | undefined {
  let group = "";
  let version: string | undefined;
  let at: number;
  if (segments[0] === "api") {
    version = segments[1];
    at = 2;
  } else if (segments[0] === "apis") {
    group = segments[1] ?? "";
    version = segments[2];
    at = 3;
    if (group === "") return undefined;
  } else return undefined;
  if (!version || segments.length <= at) return undefined;
  return readResource(method, segments.slice(at), query, { group, version });
}

function readResource(
  method: string,
  parts: string[],
  query: URLSearchParams,
  gv: { group: string; version: string },
): ResourceRequest | undefined {
  const legacy = parts.length > 1 && (parts[0] === "watch" || parts[0] === "proxy") ? parts.shift() : undefined;
  let namespace = "";
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1] as string;
    if (parts.length > 2 && !namespaceSubresources.has(parts[2] as string)) parts = parts.slice(2);
  }
  const plural = parts[0] ?? "";
  let name = parts[1] ?? "";
  ensurePathSegment(namespace);
  ensurePathSegment(name);
  const subresource = parts[2] ?? "";
  const rest = parts.slice(3);
  const verb = verbOf(method, { legacy, name }, query);
  if (name === "" && verb !== "create") name = nameInFieldSelector(query);
  return { ...gv, plural, subresource, namespace, name, verb, rest };
}

/** Names become parts of storage keys: none may look like a path. Throws 400. */
function ensurePathSegment(name: string): void {
  const wrong =
    name === "." || name === ".."
      ? `may not be '${name}'`
      : /[/%]/.exec(name)
        ? `may not contain '${/[/%]/.exec(name)?.[0]}'`
        : "";
  if (wrong) throw badRequest(`invalid resource name ${JSON.stringify(name)}: [${wrong}]`);
}

function verbOf(
  method: string,
  { legacy, name }: { legacy: string | undefined; name: string },
  query: URLSearchParams,
): ResourceVerb {
  if (legacy === "watch") return "watch";
  if (legacy === "proxy") return "proxy";
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      if (name !== "") return "get";
      return isTrue(query.get("watch")) ? "watch" : "list";
  }
}

/** A boolean query parameter as upstream reads it: present and neither `0` nor `false`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

const exactName = /^metadata\.name={1,2}([^,=]+)$/;

/** Lists of one name are authorized as access to that name. */
function nameInFieldSelector(query: URLSearchParams): string {
  const selector = query.get("fieldSelector");
  return selector === null ? "" : (exactName.exec(selector)?.[1] ?? "");
}
