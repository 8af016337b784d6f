/** Service-account tokens: issues bound ones, verifies bound and legacy ones. */
import { randomUUID } from "node:crypto";
import { decodeJwt, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { resources } from "#api/gen/resources.ts";
import { unauthorized } from "#pkg/apimachinery/status-error.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { ObjectReader } from "../resources/reader.ts";
import type { TokenAuthenticator } from "./authenticator.ts";
import type { SigningKey, VerifyingKey } from "./service-account-keys.ts";

export interface ServiceAccountTokenOptions {
  /** The first issues; all are accepted. */
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly keys: readonly VerifyingKey[];
  readonly reader: ObjectReader;
}

interface ObjectReference {
  name: string;
  uid?: string;
}

export interface BoundClaims {
  namespace: string;
  serviceaccount: ObjectReference;
  pod?: ObjectReference;
  secret?: ObjectReference;
  node?: ObjectReference;
  warnafter?: number;
}

const legacyIssuer = "kubernetes/serviceaccount";
/** Leeway of the claims' times, seconds. */
const clockToleranceSeconds = 10;

export function serviceAccountTokens(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const keysById = new Map(options.keys.map((k) => [k.id, k]));
  const issuers = new Set(options.issuers);
  return {
    name: "service-account",
    async authenticateToken(token, audiences) {
      const issuer = issuerOf(token);
      if (issuer === undefined || !(issuers.has(issuer) || issuer === legacyIssuer)) return undefined;
      const payload = await verify(token, options.keys, keysById);
      const wanted = audiences?.length ? audiences : options.audiences;
      const granted = audiencesOf(payload, wanted, options.audiences, issuer);
      if (granted.length === 0) throw unauthorized();
      const claims =
        issuer === legacyIssuer ? legacyClaims(payload) : (payload["kubernetes.io"] as BoundClaims | undefined);
      if (!claims?.namespace || !claims.serviceaccount?.name) throw unauthorized();
      await ensureBoundObjects(claims, options.reader);
      if (issuer === legacyIssuer) await ensureKept(token, claims, options.reader);
      return { user: userOf(claims, payload), audiences: granted };
    },
  };
}

function issuerOf(token: string): string | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function verify(
  token: string,
  keys: readonly VerifyingKey[],
  byId: ReadonlyMap<string, VerifyingKey>,
): Promise<JWTPayload> {
  const kid = (JSON.parse(Buffer.from(token.split(".", 1)[0] ?? "", "base64url").toString()) as { kid?: string }).kid;
  const named = kid === undefined ? undefined : byId.get(kid);
  for (const candidate of named ? [named] : keys) {
    try {
      const { payload } = await jwtVerify(token, candidate.key, {
        algorithms: [candidate.algorithm],
        clockTolerance: clockToleranceSeconds,
      });
      return payload;
    } catch {
      // The next key may be the one that signed.
    }
  }
  throw unauthorized();
}

function audiencesOf(
  payload: JWTPayload,
  wanted: readonly string[],
  own: readonly string[],
  issuer: string,
): readonly string[] {
  const carried = payload.aud === undefined ? [] : Array.isArray(payload.aud) ? payload.aud : [payload.aud];
  // Legacy tokens name no audience and are good for the API server itself.
  const offered = carried.length === 0 && issuer === legacyIssuer ? own : carried;
  return wanted.filter((audience) => offered.includes(audience));
}

function legacyClaims(payload: JWTPayload): BoundClaims | undefined {
  const claim = (name: string) => payload[`kubernetes.io/serviceaccount/${name}`] as string | undefined;
  const namespace = claim("namespace");
  const name = claim("service-account.name");
  const uid = claim("service-account.uid");
  const secret = claim("secret.name");
  if (!namespace || !name) return undefined;
  return {
    namespace,
    serviceaccount: { name, ...(uid ? { uid } : {}) },
    ...(secret ? { secret: { name: secret } } : {}),
  };
}

/** A token dies with its service account, and with the pod, secret or node it is bound to. */
async function ensureBoundObjects(claims: BoundClaims, reader: ObjectReader): Promise<void> {
  const { namespace } = claims;
  const account = await reader.get(resources.serviceaccounts, namespace, claims.serviceaccount.name);
  ensureLive(account, claims.serviceaccount);
  if (claims.pod) ensureLive(await reader.get(resources.pods, namespace, claims.pod.name), claims.pod);
  if (claims.secret) ensureLive(await reader.get(resources.secrets, namespace, claims.secret.name), claims.secret);
  if (claims.node && !claims.pod) ensureLive(await reader.get(resources.nodes, "", claims.node.name), claims.node);
}

/** A token that stands in a secret is good as long as it stands there. */
async function ensureKept(token: string, { namespace, secret }: BoundClaims, reader: ObjectReader): Promise<void> {
  const kept = secret && (await reader.get(resources.secrets, namespace, secret.name));
  if (kept?.data?.["token"] !== Buffer.from(token).toString("base64")) throw unauthorized();
}

/** How long a bound object may have been past its deletion time before its tokens stop working, ms. */
const deletedGraceMs = 60_000;

function ensureLive(
  object: { metadata: { uid?: string; deletionTimestamp?: string } } | undefined,
  reference: ObjectReference,
): void {
  if (!object || (reference.uid && object.metadata.uid !== reference.uid)) throw unauthorized();
  const deleted = object.metadata.deletionTimestamp;
  if (deleted && Date.parse(deleted) + deletedGraceMs < Date.now()) throw unauthorized();
}

function userOf(claims: BoundClaims, payload: JWTPayload): RequestUser {
  const { namespace, serviceaccount, pod, node } = claims;
  const extra: Record<string, string[]> = {};
  const put = (name: string, value: string | undefined) => {
    if (value) extra[`authentication.kubernetes.io/${name}`] = [value];
  };
  put("credential-id", payload.jti && `JTI=${payload.jti}`);
  put("node-name", node?.name);
  put("node-uid", node?.uid);
  put("pod-name", pod?.name);
  put("pod-uid", pod?.uid);
  return {
    name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    ...(serviceaccount.uid ? { uid: serviceaccount.uid } : {}),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

export interface TokenIssue {
  readonly claims: BoundClaims;
  readonly audiences: readonly string[];
  readonly expiresInSeconds: number;
  readonly issuer: string;
  /** Milliseconds. */
  readonly now: number;
}

/** A signed token and when it expires. */
export async function issueToken(key: SigningKey, issue: TokenIssue): Promise<{ token: string; expires: Date }> {
  const seconds = Math.floor(issue.now / 1000);
  const { namespace, serviceaccount } = issue.claims;
  const token = await new SignJWT({ "kubernetes.io": { ...issue.claims } })
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .setIssuer(issue.issuer)
    .setSubject(`system:serviceaccount:${namespace}:${serviceaccount.name}`)
    .setAudience([...issue.audiences])
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + issue.expiresInSeconds)
    .setJti(randomUUID())
    .sign(key.privateKey);
  return { token, expires: new Date((seconds + issue.expiresInSeconds) * 1000) };
}
