/** Certificate signing requests of others (PKCS #10): what they ask for, and the certificate that answers one. */
import "reflect-metadata";
import { createPrivateKey, type KeyObject, webcrypto } from "node:crypto";
import * as lib from "@peculiar/x509";
import { backdateMs, type KeyPair } from "./model.ts";
import { serialNumber } from "./serial.ts";

export interface RequestedNames {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

export interface SigningTerms {
  /** The API's names of usages: `digital signature`, `client auth`. */
  readonly usages: readonly string[];
  readonly lifetimeMs: number;
  readonly now: Date;
}

/** A certificate that lives shorter than this gets all of its time; a longer one pays for its backdating. */
const shortMs = 8 * 60 * 60 * 1000;

const flags = lib.KeyUsageFlags;
const keyUsages = new Map<string, number>([
  ["signing", flags.digitalSignature],
  ["digital signature", flags.digitalSignature],
  ["content commitment", flags.nonRepudiation],
  ["key encipherment", flags.keyEncipherment],
  ["key agreement", flags.keyAgreement],
  ["data encipherment", flags.dataEncipherment],
  ["cert sign", flags.keyCertSign],
  ["crl sign", flags.cRLSign],
  ["encipher only", flags.encipherOnly],
  ["decipher only", flags.decipherOnly],
]);
const extendedUsages = new Map<string, string>([
  ["any", "2.5.29.37.0"],
  ["server auth", "1.3.6.1.5.5.7.3.1"],
  ["client auth", "1.3.6.1.5.5.7.3.2"],
  ["code signing", "1.3.6.1.5.5.7.3.3"],
  ["email protection", "1.3.6.1.5.5.7.3.4"],
  ["s/mime", "1.3.6.1.5.5.7.3.4"],
  ["ipsec end system", "1.3.6.1.5.5.7.3.5"],
  ["ipsec tunnel", "1.3.6.1.5.5.7.3.6"],
  ["ipsec user", "1.3.6.1.5.5.7.3.7"],
  ["timestamping", "1.3.6.1.5.5.7.3.8"],
  ["ocsp signing", "1.3.6.1.5.5.7.3.9"],
  ["microsoft sgc", "1.3.6.1.4.1.311.10.3.3"],
  ["netscape sgc", "2.16.840.1.113730.4.1"],
]);

/** Throws an Error for what is no request. */
function parse(pem: string): lib.Pkcs10CertificateRequest {
  if (!/^-----BEGIN CERTIFICATE REQUEST-----$/m.test(pem))
    throw new Error("PEM block type must be CERTIFICATE REQUEST");
  return new lib.Pkcs10CertificateRequest(pem);
}

function alternativeNames({ extensions }: lib.Pkcs10CertificateRequest): readonly lib.GeneralName[] {
  const found = extensions.find((extension) => extension instanceof lib.SubjectAlternativeNameExtension);
  return found?.names.items ?? [];
}

/** Throws an Error for a text that is no request. */
export function readRequest(pem: string): RequestedNames {
  const request = parse(pem);
  const names = alternativeNames(request);
  const of = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField("CN").at(-1) ?? "",
    organizations: request.subjectName.getField("O"),
    dnsNames: of("dns"),
    ipAddresses: of("ip"),
    emails: of("email"),
    uris: of("url"),
  };
}

/** A certificate (PEM) for the subject, names and key of a request. Throws an Error when it cannot be signed. */
export async function signRequest(pem: string, authority: KeyPair, terms: SigningTerms): Promise<string> {
  const request = parse(pem);
  if (!(await request.verify())) throw new Error("unable to verify certificate request signature");
  const issuer = new lib.X509Certificate(authority.certificate);
  const { now, lifetimeMs } = terms;
  const end = now.getTime() + (lifetimeMs < shortMs ? lifetimeMs : lifetimeMs - backdateMs);
  if (now >= issuer.notAfter) {
    throw new Error(
      `refusing to sign a certificate that expired in the past: NotAfter=${issuer.notAfter.toISOString()}`,
    );
  }
  const { key, algorithm } = await signerOf(authority.key);
  const certificate = await lib.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subjectName.toJSON(),
    issuer: issuer.subjectName.toJSON(),
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(Math.min(end, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: request.publicKey,
    signingKey: key,
    extensions: await extensionsOf(request, issuer, terms),
  });
  return `${certificate.toString("pem")}\n`;
}

async function extensionsOf(
  request: lib.Pkcs10CertificateRequest,
  issuer: lib.X509Certificate,
  { usages }: SigningTerms,
): Promise<lib.Extension[]> {
  const unknown = usages.filter((usage) => !keyUsages.has(usage) && !extendedUsages.has(usage));
  if (unknown.length > 0) throw new Error(`unrecognized usage values: ${JSON.stringify(unknown)}`);
  const bits = usages.reduce((sum, usage) => sum | (keyUsages.get(usage) ?? 0), 0);
  const purposes = [...new Set(usages.flatMap((usage) => extendedUsages.get(usage) ?? []))];
  const names = alternativeNames(request);
  const hasSubject = request.subjectName.toJSON().length > 0;
  return [
    ...(bits === 0 ? [] : [new lib.KeyUsagesExtension(bits, true)]),
    ...(purposes.length === 0 ? [] : [new lib.ExtendedKeyUsageExtension(purposes)]),
    new lib.BasicConstraintsExtension(false, undefined, true),
    await lib.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ...(names.length === 0
      ? []
      : [
          new lib.SubjectAlternativeNameExtension(
            names.map((name) => name.toJSON()),
            !hasSubject,
          ),
        ]),
  ];
}

interface Signer {
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: webcrypto.Algorithm & { readonly hash?: string };
}

const curves: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
  secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
  secp521r1: { namedCurve: "P-521", hash: "SHA-512" },
};

/** Authorities come in any form that people have: PKCS #1, SEC 1 and PKCS #8; RSA, elliptic curves and Ed25519. */
async function signerOf(pem: string): Promise<Signer> {
  const key = createPrivateKey(pem);
  const algorithm = algorithmOf(key);
  const der = key.export({ type: "pkcs8", format: "der" });
  return { key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]), algorithm };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  const curve = curves[asymmetricKeyDetails?.namedCurve ?? ""];
  if (asymmetricKeyType !== "ec" || !curve)
    throw new Error(`an authority cannot have a key of type ${asymmetricKeyType}`);
  return { name: "ECDSA", ...curve };
}
