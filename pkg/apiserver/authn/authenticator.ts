/** Who sends a request. */
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Exchange } from "../http/exchange.ts";

/**
 * Asked in order until one knows the client. Undefined: not my kind of credential. Throws 401 for a credential of its
 * kind that is bad.
 */
export interface Authenticator {
  readonly name: string;
  authenticate(exchange: Exchange): RequestUser | undefined | Promise<RequestUser | undefined>;
}

/** A bearer token of one kind. Undefined: not mine, ask the next. Throws when mine and bad. */
export interface TokenAuthenticator {
  readonly name: string;
  authenticateToken(token: string, audiences?: readonly string[]): Promise<TokenIdentity | undefined>;
}

export interface TokenIdentity {
  readonly user: RequestUser;
  readonly audiences?: readonly string[];
}

const authenticatedGroup = "system:authenticated";

export function withAuthenticatedGroup(user: RequestUser): RequestUser {
  if (user.groups.includes(authenticatedGroup) || user.groups.includes("system:unauthenticated")) return user;
  return { ...user, groups: [...user.groups, authenticatedGroup] };
}

export const anonymous: RequestUser = { name: "system:anonymous", groups: ["system:unauthenticated"] };
