/** A trusted proxy names the user in headers, after it proved itself with a certificate of the request-header CA. */
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Authenticator, withAuthenticatedGroup } from "./authenticator.ts";
import { type CertificatePool, peerCertificateOf } from "./certificate-pool.ts";

export interface FrontProxyOptions {
  readonly pool: CertificatePool;
  /** Common names that may act as a proxy; empty: any that the CA signed. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}

export function frontProxy(options: FrontProxyOptions): Authenticator {
  const allowed = new Set(options.allowedNames);
  return {
    name: "requestheader",
    authenticate(exchange) {
      const name = firstHeader(exchange, options.usernameHeaders);
      if (!name) return undefined;
      const peer = peerCertificateOf(exchange.socket);
      if (!peer?.trusted || !options.pool.issued(peer.certificate)) return undefined;
      if (allowed.size > 0 && !allowed.has(peer.commonName)) return undefined;
      return withAuthenticatedGroup(userFrom(exchange, name, options));
    },
  };
}

function firstHeader(exchange: Exchange, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = exchange.header(name.toLowerCase());
    if (value) return value;
  }
  return undefined;
}

function userFrom(exchange: Exchange, name: string, options: FrontProxyOptions): RequestUser {
  const groupHeaders = new Set(options.groupHeaders.map((h) => h.toLowerCase()));
  const prefixes = options.extraPrefixes.map((p) => p.toLowerCase());
  const groups: string[] = [];
  const extra = new Map<string, string[]>();
  for (const [header, value] of exchange.headers()) {
    if (groupHeaders.has(header)) groups.push(...(exchange.version === "2" ? value.split(", ") : [value]));
    const prefix = prefixes.find((p) => header.startsWith(p));
    if (prefix === undefined) continue;
    const key = decodeExtraKey(header.slice(prefix.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  const uid = firstHeader(exchange, options.uidHeaders);
  return { name, groups, ...(uid ? { uid } : {}), ...(extra.size > 0 ? { extra: Object.fromEntries(extra) } : {}) };
}

/** Extra keys may be percent-encoded, because header names allow few characters. */
export function decodeExtraKey(key: string): string {
  try {
    return decodeURIComponent(key).toLowerCase();
  } catch {
    return key;
  }
}
