/** URLs as Go's net/url takes them apart: more is a URL there than for the WHATWG, and error texts quote it. */

export interface GoUrl {
  /** In lower case. */
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  /** `name` or `name:password`; undefined without `@`. */
  readonly user: string | undefined;
  readonly query: string;
  readonly fragment: string;
}

class UrlError extends Error {}

/** Returns what is wrong as a text. */
export function parseGoUrl(text: string): GoUrl | string {
  const hash = text.indexOf("#");
  const main = hash < 0 ? text : text.slice(0, hash);
  const fragment = hash < 0 ? "" : text.slice(hash + 1);
  const url = attempt(main, () => parseMain(main));
  if (typeof url === "string") return url;
  return attempt(text, () => ({ ...url, fragment: unescapePart(fragment) }));
}

function attempt<T extends object>(quoted: string, parse: () => T): T | string {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UrlError) return `parse ${JSON.stringify(quoted)}: ${error.message}`;
    throw error;
  }
}

function parseMain(text: string): Omit<GoUrl, "fragment"> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  if (/[\x00-\x1f\x7f]/.test(text)) throw new UrlError("net/url: invalid control character in URL");
  const { scheme, rest: afterScheme } = splitScheme(text);
  const question = afterScheme.indexOf("?");
  const path = question < 0 ? afterScheme : afterScheme.slice(0, question);
  const query = question < 0 ? "" : afterScheme.slice(question + 1);
  const url = { scheme, host: "", user: undefined, query };
  if (!path.startsWith("/")) {
    if (scheme !== "") return url;
    if ((path.split("/", 1)[0] as string).includes(":")) {
      throw new UrlError("first path segment in URL cannot contain colon");
    }
  }
  if (!path.startsWith("//") || (scheme === "" && path.startsWith("///"))) {
    unescapePart(path);
    return url;
  }
  const end = path.indexOf("/", 2);
  const authority = parseAuthority(end < 0 ? path.slice(2) : path.slice(2, end));
  if (end >= 0) unescapePart(path.slice(end));
  return { ...url, ...authority };
}

function splitScheme(text: string): { scheme: string; rest: string } {
  if (text.startsWith(":")) throw new UrlError("missing protocol scheme");
  const scheme = /^([a-zA-Z][-+.a-zA-Z0-9]*):/.exec(text)?.[1];
  return scheme === undefined
    ? { scheme: "", rest: text }
    : { scheme: scheme.toLowerCase(), rest: text.slice(scheme.length + 1) };
}

function parseAuthority(authority: string): Pick<GoUrl, "host" | "user"> {
  const at = authority.lastIndexOf("@");
  const host = parseHost(authority.slice(at + 1));
  if (at < 0) return { host, user: undefined };
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlError("net/url: invalid userinfo");
  unescapePart(user);
  return { host, user };
}

function parseHost(host: string): string {
  const end = host.startsWith("[") ? host.lastIndexOf("]") : -1;
  if (host.startsWith("[") && end < 0) throw new UrlError("missing ']' in host");
  const colon = end < 0 ? host.lastIndexOf(":") : end + 1;
  const port = colon < 0 ? "" : host.slice(colon);
  if (port !== "" && !/^:\d*$/.test(port)) throw new UrlError(`invalid port ${JSON.stringify(port)} after host`);
  const bad = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host);
  if (bad) throw new UrlError(`invalid character ${JSON.stringify(bad[0])} in host name`);
  // Only what is not ASCII may be escaped in a host, and the % before a zone.
  const escaped = /%(?:[0-7][0-9a-fA-F]|.{0,2})/.exec(host.replace(/%25/g, "").replace(/%[89a-fA-F][0-9a-fA-F]/g, ""));
  if (escaped) throw new UrlError(`invalid URL escape ${JSON.stringify(escaped[0])}`);
  return host;
}

function unescapePart(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text);
  if (bad) throw new UrlError(`invalid URL escape ${JSON.stringify(bad[0])}`);
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytes;
}
