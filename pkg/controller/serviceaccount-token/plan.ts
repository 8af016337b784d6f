/** Secrets that carry the token of a service account. Pure. https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets */
import type { Secret, ServiceAccount } from "#api/types/core/v1";

type TokenSecret = Readonly<Secret>;

const secretType = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

export const isTokenSecret = ({ type }: TokenSecret): boolean => type === secretType;

/** Whose token it is; the uid is empty while nobody has filled it in. */
export const accountOf = ({ metadata }: TokenSecret): { name: string; uid: string } => ({
  name: metadata.annotations?.[nameAnnotation] ?? "",
  uid: metadata.annotations?.[uidAnnotation] ?? "",
});

export function isOf(secret: TokenSecret, { metadata }: Readonly<ServiceAccount>): boolean {
  const { name, uid } = accountOf(secret);
  return name === metadata.name && (uid === "" || uid === metadata.uid);
}

const encode = (text: string): string => Buffer.from(text).toString("base64");

/** What a secret lacks; undefined: nothing. `needsToken`: the rest is in `data` already. */
export function missingFrom(
  secret: TokenSecret,
  rootCa: string,
): { readonly data: Record<string, string>; readonly needsToken: boolean } | undefined {
  const { data = {}, metadata } = secret;
  const added: Record<string, string> = {};
  if (rootCa !== "" && data["ca.crt"] !== encode(rootCa)) added["ca.crt"] = encode(rootCa);
  if (!data["namespace"]) added["namespace"] = encode(metadata.namespace ?? "");
  const needsToken = !data["token"];
  return needsToken || Object.keys(added).length > 0 ? { data: { ...data, ...added }, needsToken } : undefined;
}

/** The secret of this account, with its token where one was made. */
export function filled(
  secret: TokenSecret,
  { metadata }: Readonly<ServiceAccount>,
  data: Readonly<Record<string, string>>,
  token: string | undefined,
): Secret {
  const { name = "", uid = "" } = metadata;
  return {
    ...secret,
    metadata: {
      ...secret.metadata,
      annotations: { ...secret.metadata.annotations, [nameAnnotation]: name, [uidAnnotation]: uid },
    },
    data: { ...data, ...(token === undefined ? {} : { token: encode(token) }) },
  };
}

/** The claims of a token that lives as long as its secret. */
export function claimsOf({ metadata: secret }: TokenSecret, { metadata: account }: Readonly<ServiceAccount>) {
  const { namespace = "", name = "", uid = "" } = account;
  const prefix = "kubernetes.io/serviceaccount";
  return {
    iss: "kubernetes/serviceaccount",
    [`${prefix}/namespace`]: namespace,
    [`${prefix}/secret.name`]: secret.name ?? "",
    [`${prefix}/service-account.name`]: name,
    [`${prefix}/service-account.uid`]: uid,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}
