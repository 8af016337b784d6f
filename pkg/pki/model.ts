/** What certificates a cluster has, as data. */

/** Where an authority or a leaf is kept: `<path>.crt` and `<path>.key` under the PKI directory. */
export type PkiPath = string;

export interface AuthoritySpec {
  readonly path: PkiPath;
  readonly commonName: string;
}

export interface LeafSpec {
  readonly path: PkiPath;
  readonly authority: PkiPath;
  readonly commonName: string;
  /** `O=`: the groups that the API server sees. */
  readonly organizations: readonly string[];
  readonly usages: readonly ("server" | "client")[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** PEM texts of a certificate and its private key (PKCS#8). */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export const dayMs = 24 * 60 * 60 * 1000;
export const authorityLifetimeMs = 3650 * dayMs;
export const leafLifetimeMs = 365 * dayMs;
/** A leaf is issued anew when it has less than this left. */
export const renewBeforeMs = 60 * dayMs;
/** Clocks of clients may run behind ours by this much. */
export const backdateMs = 5 * 60 * 1000;
