/** Whether a certificate and a key are a pair, in the words of Go's crypto/tls. */
import { createPrivateKey, X509Certificate } from "node:crypto";

interface Block {
  readonly type: string;
  readonly text: string;
}

const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

const blocksOf = (pem: string): Block[] => [...pem.matchAll(blockPattern)].map(([text, type = ""]) => ({ type, text }));

/** Undefined when they are a pair. */
export function keyPairProblem(certificatePem: string, keyPem: string): string | undefined {
  const certificates = blocksOf(certificatePem);
  const certificate = certificates.find(({ type }) => type === "CERTIFICATE");
  if (!certificate) return `tls: failed to find ${missingCertificate(certificates.map(({ type }) => type))}`;
  const keys = blocksOf(keyPem);
  const key = keys.find(({ type }) => type.endsWith("PRIVATE KEY"));
  if (!key) return `tls: ${missingKey(keys.map(({ type }) => type))}`;
  return mismatch(certificate.text, key.text);
}

function missingCertificate(skipped: readonly string[]): string {
  if (skipped.length === 0) return "any PEM data in certificate input";
  if (skipped.length === 1 && skipped[0]?.endsWith("PRIVATE KEY")) {
    return "certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched";
  }
  return `"CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(" ")}]`;
}

function missingKey(skipped: readonly string[]): string {
  if (skipped.length === 0) return "failed to find any PEM data in key input";
  if (skipped.length === 1 && skipped[0] === "CERTIFICATE") {
    return "found a certificate rather than a key in the PEM for the private key";
  }
  return `failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(" ")}]`;
}

function mismatch(certificatePem: string, keyPem: string): string | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certificatePem);
  } catch {
    return "x509: malformed certificate";
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(keyPem))) return undefined;
  } catch {
    return "tls: failed to parse private key";
  }
  return "tls: private key does not match public key";
}
