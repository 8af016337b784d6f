/** Client certificates: the common name is the user, the organizations are its groups. */
import type { TLSSocket } from "node:tls";
import { unauthorized } from "#pkg/apimachinery/status-error.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import { type Authenticator, withAuthenticatedGroup } from "./authenticator.ts";
import { type CertificatePool, peerCertificateOf } from "./certificate-pool.ts";

export function clientCertificates(pool: CertificatePool, frontProxies?: CertificatePool): Authenticator {
  // A connection's identity never changes; `null` remembers a refusal.
  const known = new WeakMap<TLSSocket, RequestUser | null | "none">();
  return {
    name: "x509",
    authenticate({ socket }) {
      let user = known.get(socket);
      if (user === undefined) {
        user = identify(socket, pool, frontProxies);
        known.set(socket, user);
      }
      if (user === null) throw unauthorized();
      return user === "none" ? undefined : user;
    },
  };
}

function identify(
  socket: TLSSocket,
  pool: CertificatePool,
  frontProxies?: CertificatePool,
): RequestUser | null | "none" {
  const peer = peerCertificateOf(socket);
  if (!peer) return "none";
  if (!peer.trusted) return null;
  if (!pool.issued(peer.certificate)) return frontProxies?.issued(peer.certificate) ? "none" : null;
  if (peer.commonName === "") return "none";
  return withAuthenticatedGroup({
    name: peer.commonName,
    groups: peer.organizations,
    extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${peer.sha256}`] },
  });
}
