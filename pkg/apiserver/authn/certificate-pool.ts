/** A set of CA certificates, and whether a peer's chain ends in it. */
import { createHash, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export function parseCertificates(pem: string): X509Certificate[] {
  return (pem.match(pemBlock) ?? []).map((block) => new X509Certificate(block));
}

export class CertificatePool {
  readonly #authorities: readonly X509Certificate[];

  constructor(pem: string) {
    this.#authorities = parseCertificates(pem);
    if (this.#authorities.length === 0) throw new Error("no certificates in the CA file");
  }

  /** Whether this pool issued the leaf, directly or through the intermediates that the client sent. */
  issued(leaf: X509Certificate): boolean {
    let certificate: X509Certificate | undefined = leaf;
    for (let depth = 0; certificate && depth < 8; depth++) {
      const current: X509Certificate = certificate;
      if (this.#authorities.some((ca) => current.checkIssued(ca) && current.verify(ca.publicKey))) return true;
      const issuer: X509Certificate | undefined = current.issuerCertificate;
      certificate = issuer && issuer.fingerprint256 !== current.fingerprint256 ? issuer : undefined;
    }
    return false;
  }
}

export interface PeerCertificate {
  readonly certificate: X509Certificate;
  /** TLS verified the chain against one of the server's pools. */
  readonly trusted: boolean;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly sha256: string;
}

const peers = new WeakMap<TLSSocket, PeerCertificate | null>();

/** The client's certificate, parsed once a connection. */
export function peerCertificateOf(socket: TLSSocket): PeerCertificate | undefined {
  let peer = peers.get(socket);
  if (peer === undefined) {
    const certificate = socket.getPeerX509Certificate?.();
    peer = certificate ? describePeer(certificate, socket.authorized) : null;
    peers.set(socket, peer);
  }
  return peer ?? undefined;
}

function describePeer(certificate: X509Certificate, trusted: boolean): PeerCertificate {
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>;
  const list = (value: string | string[] | undefined) =>
    value === undefined ? [] : Array.isArray(value) ? value : [value];
  return {
    certificate,
    trusted,
    commonName: list(subject["CN"]).at(-1) ?? "",
    organizations: list(subject["O"]),
    sha256: createHash("sha256").update(certificate.raw).digest("hex"),
  };
}
