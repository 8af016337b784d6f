/** `url("https://example.com:80/path")`. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library */
import { type Library, overload } from "../functions.ts";
import { opaque } from "../types.ts";
import { CelError, ListValue, LiteralMap, type OpaqueValue } from "../values.ts";

const type = opaque("kubernetes.URL");

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

class UrlValue implements OpaqueValue {
  readonly opaque = type;
  readonly text: string;
  readonly parts: Parts;
  constructor(text: string, parts: Parts) {
    this.text = text;
    this.parts = parts;
  }
  equals(other: OpaqueValue): boolean {
    return (other as UrlValue).text === this.text;
  }
}

/** What is wrong with `text` as the target of a request: an absolute URL or an absolute path. */
export function requestUriError(text: string): string | undefined {
  const wrong = (why: string): string => `parse ${JSON.stringify(text)}: ${why}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text)) return wrong("net/url: invalid control character in URL");
  if (text === "") return wrong("empty url");
  const parts = split(text);
  if (!parts) return wrong(text.startsWith(":") ? "missing protocol scheme" : "invalid URI for request");
  const badEscape = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(parts.path);
  if (badEscape) return wrong(`invalid URL escape ${JSON.stringify(badEscape[0])}`);
  if (/[\s<>"{}|\\^`]/.test(parts.host))
    return wrong(`invalid character ${JSON.stringify(/[\s<>"{}|\\^`]/.exec(parts.host)?.[0])} in host name`);
  const port = /:([^:\]]*)$/.exec(parts.host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return wrong(`invalid port ${JSON.stringify(`:${port}`)} after host`);
  return undefined;
}

function split(text: string): Parts | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  const rest = scheme ? text.slice(scheme[0].length) : text;
  if (!rest.startsWith("/"))
    return scheme && rest !== ""
      ? { scheme: (scheme[1] ?? "").toLowerCase(), host: "", path: "", query: "" }
      : undefined;
  const [before = "", query = ""] = splitOnce(rest, "?");
  const hasHost = before.startsWith("//") && (scheme !== null || !before.startsWith("///"));
  const authority = hasHost ? (before.slice(2).split("/", 1)[0] ?? "") : "";
  const path = hasHost ? before.slice(2 + authority.length) : before;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return { scheme: (scheme?.[1] ?? "").toLowerCase(), host, path, query };
}

function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)];
}

function parse(text: string): UrlValue {
  const wrong = requestUriError(text);
  if (wrong !== undefined) throw new CelError(`URL parse error during conversion from string: ${wrong}`);
  const [withoutFragment] = splitOnce(text, "#");
  const parts = split(withoutFragment);
  if (!parts)
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return new UrlValue(text, parts);
}

/** In brackets stand addresses of version 6. */
const hostname = (host: string): string => {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return bracketed?.[1] ?? host.replace(/:\d*$/, "");
};
const port = (host: string): string => /:(\d*)$/.exec(host.replace(/^\[[^\]]*\]/, ""))?.[1] ?? "";

/** As written where every character may stand in a path; else with the others escaped. */
const escapedPath = (path: string): string =>
  path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (char) => encodeURIComponent(char));

function queryOf(query: string): LiteralMap {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) {
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  const map = new LiteralMap();
  for (const [key, all] of values) map.add(key, new ListValue(all));
  return map;
}

type Args = readonly UrlValue[];
const parts = ([url]: Args): Parts => (url as UrlValue).parts;
const member = (id: string, name: string, read: (parts: Parts) => string) =>
  overload(id, `kubernetes.URL->${name}(): string`, (args: Args) => read(parts(args)));

export const urls: Library = [
  overload("string_to_url", "url(string): kubernetes.URL", ([text]: readonly string[]) => parse(text as string)),
  overload(
    "is_url_string",
    "isURL(string): bool",
    ([text]: readonly string[]) => requestUriError(text as string) === undefined,
  ),
  member("url_get_scheme", "getScheme", ({ scheme }) => scheme),
  member("url_get_host", "getHost", ({ host }) => host),
  member("url_get_hostname", "getHostname", ({ host }) => hostname(host)),
  member("url_get_port", "getPort", ({ host }) => port(host)),
  member("url_get_escaped_path", "getEscapedPath", ({ path }) => escapedPath(path)),
  overload("url_get_query", "kubernetes.URL->getQuery(): map(string, list(string))", (args: Args) =>
    queryOf(parts(args).query),
  ),
];
