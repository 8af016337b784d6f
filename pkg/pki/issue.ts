/** Makes keys and certificates. Load this module only when something must be issued: its library takes 90 ms. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as lib from "@peculiar/x509";
import {
  type AuthoritySpec,
  authorityLifetimeMs,
  backdateMs,
  type KeyPair,
  type LeafSpec,
  leafLifetimeMs,
} from "./model.ts";
import { serialNumber } from "./serial.ts";

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", key));
}

function derOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text.replace(/-----[^-]+-----/g, "").replace(/\s+/g, ""), "base64"));
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

/** A self-signed authority. */
export async function issueAuthority(spec: AuthoritySpec, now: Date): Promise<KeyPair> {
  const keys = await newKeys();
  const usages = lib.KeyUsageFlags;
  const certificate = await lib.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [spec.commonName] }],
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + authorityLifetimeMs),
    signingAlgorithm: ecdsa,
    keys,
    extensions: [
      new lib.BasicConstraintsExtension(true, undefined, true),
      new lib.KeyUsagesExtension(usages.digitalSignature | usages.keyCertSign | usages.cRLSign, true),
      await lib.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: await privatePem(keys.privateKey) };
}

function leafExtensions(spec: LeafSpec) {
  const usage = { server: lib.ExtendedKeyUsage.serverAuth, client: lib.ExtendedKeyUsage.clientAuth };
  const names = [
    ...spec.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...spec.ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ];
  return [
    new lib.BasicConstraintsExtension(false, undefined, true),
    new lib.KeyUsagesExtension(lib.KeyUsageFlags.digitalSignature | lib.KeyUsageFlags.keyEncipherment, true),
    new lib.ExtendedKeyUsageExtension(spec.usages.map((name) => usage[name])),
    ...(names.length > 0 ? [new lib.SubjectAlternativeNameExtension(names)] : []),
  ];
}

/** A certificate for `spec`, signed by `authority`. */
export async function issueLeaf(spec: LeafSpec, authority: KeyPair, now: Date): Promise<KeyPair> {
  const keys = await newKeys();
  const issuer = new lib.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", derOf(authority.key), ecdsa, false, ["sign"]);
  const certificate = await lib.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...spec.organizations.map((name) => ({ O: [name] })), { CN: [spec.commonName] }],
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(Math.min(now.getTime() + leafLifetimeMs, issuer.notAfter.getTime())),
    signingAlgorithm: ecdsa,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      ...leafExtensions(spec),
      await lib.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await lib.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: await privatePem(keys.privateKey) };
}

/** The key that signs service-account tokens: RSA, because RS256 is what every verifier of such tokens knows. */
export async function issueServiceAccountKey(): Promise<{ key: string; publicKey: string }> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const publicKey = pem("PUBLIC KEY", await webcrypto.subtle.exportKey("spki", keys.publicKey));
  return { key: await privatePem(keys.privateKey), publicKey };
}
