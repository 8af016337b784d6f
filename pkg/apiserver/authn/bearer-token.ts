/** Bearer tokens: asks every kind of token in turn, and remembers for a short time what they said. */
import { unauthorized } from "#pkg/apimachinery/status-error.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Exchange } from "../http/exchange.ts";
import {
  type Authenticator,
  type TokenAuthenticator,
  type TokenIdentity,
  withAuthenticatedGroup,
} from "./authenticator.ts";

/** Upstream caches a successful token review for ten seconds. */
const rememberMs = 10_000;
const rememberedMax = 4096;

export interface TokenReviewer {
  /** Undefined: nobody knows this token. */
  review(token: string, audiences?: readonly string[]): Promise<TokenIdentity | undefined>;
}

export function tokenReviewer(kinds: readonly TokenAuthenticator[]): TokenReviewer {
  return {
    async review(token, audiences) {
      for (const kind of kinds) {
        const identity = await kind.authenticateToken(token, audiences);
        if (identity) return { ...identity, user: withAuthenticatedGroup(identity.user) };
      }
      return undefined;
    },
  };
}

export function bearerTokens(reviewer: TokenReviewer): Authenticator {
  const remembered = new Map<string, { user: RequestUser; until: number }>();
  return {
    name: "bearer",
    authenticate(exchange) {
      const token = bearerTokenOf(exchange);
      if (token === undefined) return undefined;
      const known = remembered.get(token);
      if (known && known.until > Date.now()) return known.user;
      return review(token);
    },
  };
  async function review(token: string): Promise<RequestUser> {
    const identity = await reviewer.review(token);
    if (!identity) throw unauthorized();
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(token, { user: identity.user, until: Date.now() + rememberMs });
    return identity.user;
  }
}

const websocketTokenProtocol = "base64url.bearer.authorization.k8s.io.";

/** From the Authorization header, or from the subprotocol by which browsers send it on a WebSocket. */
function bearerTokenOf(exchange: Exchange): string | undefined {
  const header = exchange.header("authorization");
  if (header !== undefined) {
    const space = header.indexOf(" ");
    if (space < 0 || header.slice(0, space).toLowerCase() !== "bearer") return undefined;
    return header.slice(space + 1).trim() || undefined;
  }
  if (!exchange.upgrade) return undefined;
  const protocols = (exchange.header("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim());
  const carrier = protocols.find((p) => p.startsWith(websocketTokenProtocol));
  return carrier && Buffer.from(carrier.slice(websocketTokenProtocol.length), "base64url").toString();
}
