/** Whether a certificate on disk still is what its spec asks for. Uses node:crypto only, which costs microseconds. */
import { X509Certificate } from "node:crypto";
import { type KeyPair, type LeafSpec, renewBeforeMs } from "./model.ts";

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const wanted = new Set(right);
  return new Set(left).size === wanted.size && left.every((value) => wanted.has(value));
}

/** Node prints `DNS:localhost, IP Address:127.0.0.1`. */
function alternativeNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "")
    .split(", ")
    .filter((part) => part !== "")
    .map((part) => part.replace(/^IP Address:/, "IP:"));
}

/** Node prints one `KEY=value` line for each part of a subject. */
function subjectLines(spec: LeafSpec): string[] {
  return [...spec.organizations.map((name) => `O=${name}`), `CN=${spec.commonName}`];
}

/** Returns why the pair must be issued anew, or undefined when it is good. */
export function reasonToRenew(pair: KeyPair, spec: LeafSpec, authority: KeyPair, now: Date): string | undefined {
  let certificate: X509Certificate;
  let issuer: X509Certificate;
  try {
    certificate = new X509Certificate(pair.certificate);
    issuer = new X509Certificate(authority.certificate);
  } catch {
    return "it is not a readable certificate";
  }
  if (!certificate.verify(issuer.publicKey)) return "another authority signed it";
  if (certificate.validToDate.getTime() - now.getTime() < renewBeforeMs) return "it expires soon";
  if (!sameSet(certificate.subject.split("\n"), subjectLines(spec))) return "its subject differs";
  const names = [...spec.dnsNames.map((name) => `DNS:${name}`), ...spec.ipAddresses.map((ip) => `IP:${ip}`)];
  if (!sameSet(alternativeNames(certificate), names)) return "its names differ";
  return undefined;
}
