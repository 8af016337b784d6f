/** Bootstrap tokens in Secrets, and what they sign. Pure. https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
import type { ConfigMap, Secret } from "#api/types/core/v1";

type TokenSecret = Readonly<Secret>;

export const namespace = "kube-system";
export const signedKey = "kubeconfig";
const signaturePrefix = "jws-kubeconfig-";
const secretType = "bootstrap.kubernetes.io/token";
const namePattern = /^bootstrap-token-([a-z0-9]{6})$/;

export interface Token {
  readonly id: string;
  readonly secret: string;
}

export const isBootstrapToken = ({ type, metadata }: TokenSecret): boolean =>
  type === secretType && metadata.namespace === namespace;

const textOf = ({ data }: TokenSecret, key: string): string =>
  Buffer.from((data && Object.hasOwn(data, key) ? data[key] : undefined) ?? "", "base64").toString();

/** How long a token is good yet, in ms; 0: no longer; undefined: for ever. A time that cannot be read is over. */
export function lifeMs(secret: TokenSecret, now: number): number | undefined {
  const expiration = textOf(secret, "expiration");
  return expiration === "" ? undefined : Math.max(0, Date.parse(expiration) - now || 0);
}

/** The token of a secret that may sign; undefined for any other. */
export function signingToken(secret: TokenSecret, now: number): Token | undefined {
  const id = namePattern.exec(secret.metadata.name ?? "")?.[1];
  const kept = textOf(secret, "token-secret");
  if (!isBootstrapToken(secret) || id === undefined || textOf(secret, "token-id") !== id || kept === "")
    return undefined;
  if (lifeMs(secret, now) === 0 || textOf(secret, "usage-bootstrap-signing") !== "true") return undefined;
  return { id, secret: kept };
}

/** The data with these signatures and no others; undefined when it is so. */
export function withSignatures(
  { data = {} }: Readonly<ConfigMap>,
  signatures: ReadonlyMap<string, string>,
): Record<string, string> | undefined {
  const others = Object.entries(data).filter(([key]) => !key.startsWith(signaturePrefix));
  const next = [...others, ...[...signatures].map(([id, text]): [string, string] => [`${signaturePrefix}${id}`, text])];
  const isSame =
    next.length === Object.keys(data).length &&
    next.every(([key, text]) => Object.hasOwn(data, key) && data[key] === text);
  return isSame ? undefined : Object.fromEntries(next);
}
