/** Whose token is this; who am I. */
import type { SelfSubjectReview, TokenReview } from "#api/types/authentication.k8s.io/v1";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { TokenIdentity } from "../../authn/authenticator.ts";
import type { ResourceContext } from "../../context.ts";
import { timestamp } from "../../write/request.ts";
import { readReview, sendReview } from "./review.ts";

export async function tokenReview(context: ResourceContext): Promise<void> {
  const review = await readReview<TokenReview>(context);
  const token = review.spec?.token;
  if (!token) throw badRequest("token is required for TokenReview in authentication");
  const { identity, error } = await examine(context, token, review.spec.audiences);
  review.status = identity
    ? {
        authenticated: true,
        user: userInfo(identity.user),
        ...(identity.audiences ? { audiences: [...identity.audiences] } : {}),
      }
    : { user: {}, ...(error ? { error } : {}) };
  sendReview(context, review);
}

async function examine(
  { services }: ResourceContext,
  token: string,
  audiences: readonly string[] | undefined,
): Promise<{ identity?: TokenIdentity; error?: string }> {
  try {
    const identity = await services.tokens.review(token, audiences);
    return identity ? { identity } : { error: "invalid bearer token" };
  } catch {
    return { error: "[invalid bearer token, token lookup failed]" };
  }
}

export async function selfSubjectReview(context: ResourceContext): Promise<void> {
  const review = await readReview<SelfSubjectReview>(context);
  review.metadata.creationTimestamp = timestamp(context.services.clock.now());
  review.status = { userInfo: userInfo(context.user) };
  sendReview(context, review);
}

function userInfo({ name, uid, groups, extra }: RequestUser) {
  const lists: Record<string, string[]> = {};
  for (const [key, values] of Object.entries(extra ?? {})) lists[key] = [...values];
  return { username: name, ...(uid ? { uid } : {}), groups: [...groups], ...(extra ? { extra: lists } : {}) };
}
