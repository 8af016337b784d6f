/** The authenticators that the options ask for. */
import { readFileSync } from "node:fs";
import type { ApiServerOptions } from "../options.ts";
import type { ObjectReader } from "../resources/reader.ts";
import type { TokenIssueSettings } from "../services.ts";
import type { Authenticator, TokenAuthenticator } from "./authenticator.ts";
import { bearerTokens, type TokenReviewer, tokenReviewer } from "./bearer-token.ts";
import { bootstrapTokens } from "./bootstrap-tokens.ts";
import { CertificatePool } from "./certificate-pool.ts";
import { clientCertificates } from "./client-certificate.ts";
import { frontProxy } from "./front-proxy.ts";
import { parseSigningKey, parseVerifyingKeys, type VerifyingKey } from "./service-account-keys.ts";
import { serviceAccountTokens } from "./service-account-tokens.ts";
import { staticTokens } from "./static-tokens.ts";

export interface Authentication {
  readonly authenticators: readonly Authenticator[];
  readonly reviewer: TokenReviewer;
  readonly keys: readonly VerifyingKey[];
  readonly issue: TokenIssueSettings | undefined;
  /** PEM of every CA whose certificates a client may present. */
  readonly clientCas: readonly string[];
}

const read = (path: string): string => readFileSync(path, "utf8");

export function buildAuthentication(
  options: ApiServerOptions,
  reader: ObjectReader,
  now: () => number,
): Authentication {
  const { clientCaFile, requestHeader, serviceAccount, tokenAuthFile } = options;
  const keys = serviceAccount.keyFiles.flatMap((file) => parseVerifyingKeys(read(file)));
  const issue = issueSettings(serviceAccount);
  const audiences = audiencesOf(serviceAccount);
  const kinds: TokenAuthenticator[] = [];
  if (tokenAuthFile) kinds.push(staticTokens(read(tokenAuthFile)));
  if (keys.length > 0) kinds.push(serviceAccountTokens({ issuers: serviceAccount.issuers, audiences, keys, reader }));
  if (options.bootstrapTokens) kinds.push(bootstrapTokens(reader, now));
  const reviewer = tokenReviewer(kinds);
  const clientCas = [clientCaFile, requestHeader?.clientCaFile].flatMap((file) => (file ? [read(file)] : []));
  const proxyPool = requestHeader && new CertificatePool(read(requestHeader.clientCaFile));
  const authenticators: Authenticator[] = [];
  if (requestHeader && proxyPool) {
    authenticators.push(
      frontProxy({ ...requestHeader, pool: proxyPool, extraPrefixes: requestHeader.extraHeadersPrefixes }),
    );
  }
  if (clientCaFile) authenticators.push(clientCertificates(new CertificatePool(read(clientCaFile)), proxyPool));
  authenticators.push(bearerTokens(reviewer));
  return { authenticators, reviewer, keys, issue, clientCas };
}

const audiencesOf = ({ audiences, issuers }: ApiServerOptions["serviceAccount"]): readonly string[] =>
  audiences.length > 0 ? audiences : issuers.slice(0, 1);

function issueSettings(options: ApiServerOptions["serviceAccount"]): TokenIssueSettings | undefined {
  const issuer = options.issuers[0];
  if (!options.signingKeyFile || issuer === undefined) return undefined;
  return {
    issuer,
    key: parseSigningKey(read(options.signingKeyFile)),
    audiences: audiencesOf(options),
    expirationSecondsMax: options.expirationSecondsMax,
    extendExpiration: options.extendTokenExpiration,
  };
}
