/** Requests as other programs make them, signed by authorities of every kind, checked by Node's own reader. */
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { test } from "node:test";
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as lib from "@peculiar/x509";
import { issueAuthority } from "./issue.ts";
import { readRequest, signRequest } from "./request.ts";

const now = new Date("2026-06-01T00:00:00Z");
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function makeRequest(subject: string, names: { type: "dns" | "ip"; value: string }[]): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const request = await lib.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: ecdsa,
    extensions: names.length > 0 ? [new lib.SubjectAlternativeNameExtension(names)] : [],
  });
  return request.toString("pem");
}

const terms = { usages: ["digital signature", "client auth"], lifetimeMs: 3_600_000, now };

test("what a request names", async () => {
  const pem = await makeRequest("O=a, O=b, CN=anna", [
    { type: "dns", value: "x.example" },
    { type: "ip", value: "10.0.0.1" },
  ]);
  assert.deepEqual(readRequest(pem), {
    commonName: "anna",
    organizations: ["a", "b"],
    dnsNames: ["x.example"],
    ipAddresses: ["10.0.0.1"],
    emails: [],
    uris: [],
  });
  assert.throws(() => readRequest("nothing"), /PEM block type must be CERTIFICATE REQUEST/);
});

test("a signed certificate says what was asked for, as long as its authority lives", async () => {
  const authority = await issueAuthority({ path: "ca", commonName: "ca" }, now);
  const pem = await makeRequest("O=system:nodes, CN=system:node:n", [{ type: "dns", value: "n" }]);
  const signed = new X509Certificate(await signRequest(pem, authority, terms));
  const issuer = new X509Certificate(authority.certificate);
  assert.ok(signed.checkIssued(issuer) && signed.verify(issuer.publicKey));
  assert.equal(signed.subject, "O=system:nodes\nCN=system:node:n");
  assert.equal(signed.subjectAltName, "DNS:n");
  assert.deepEqual(signed.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.equal(signed.ca, false);
  assert.equal(signed.validToDate.getTime(), now.getTime() + 3_600_000, "a short one gets all of its time");
  assert.equal(signed.validFromDate.getTime(), now.getTime() - 300_000);
  const long = await signRequest(pem, authority, { ...terms, lifetimeMs: 20 * 365 * 86_400_000 });
  assert.equal(new X509Certificate(long).validToDate.getTime(), issuer.validToDate.getTime());
  const late = { ...terms, now: new Date(issuer.validToDate.getTime() + 1000) };
  await assert.rejects(signRequest(pem, authority, late), /refusing to sign a certificate that expired in the past/);
  await assert.rejects(signRequest(pem, authority, { ...terms, usages: ["juggling"] }), /unrecognized usage values/);
});

test("a request that somebody changed is not signed", async () => {
  const authority = await issueAuthority({ path: "ca", commonName: "ca" }, now);
  const der = Buffer.from((await makeRequest("CN=anna", [])).replace(/-----[^-]+-----|\s/g, ""), "base64");
  const at = der.indexOf("anna");
  der.write("otto", at);
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  await assert.rejects(signRequest(pem, authority, terms), /unable to verify certificate request signature/);
});

const kinds = [
  { name: "RSA, PKCS #1", type: "pkcs1", algorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } },
  { name: "P-384, SEC 1", type: "sec1", algorithm: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" } },
  { name: "Ed25519, PKCS #8", type: "pkcs8", algorithm: { name: "Ed25519" } },
] as const;

function pairOf(type: (typeof kinds)[number]["type"]): { privateKey: KeyObject; publicKey: KeyObject } {
  if (type === "pkcs1") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return type === "sec1" ? generateKeyPairSync("ec", { namedCurve: "P-384" }) : generateKeyPairSync("ed25519");
}

for (const { name, type, algorithm } of kinds) {
  test(`an authority with a key of another kind: ${name}`, async () => {
    const { privateKey, publicKey } = pairOf(type);
    const keys = {
      privateKey: privateKey.toCryptoKey(algorithm, true, ["sign"]),
      publicKey: publicKey.toCryptoKey(algorithm, true, ["verify"]),
    };
    const authority = await lib.X509CertificateGenerator.createSelfSigned({
      name: "CN=theirs",
      notBefore: now,
      notAfter: new Date("2036-01-01T00:00:00Z"),
      keys,
      signingAlgorithm: algorithm,
    });
    const key = String(privateKey.export({ type, format: "pem" } as never));
    const pem = await makeRequest("CN=anna", []);
    const signed = new X509Certificate(await signRequest(pem, { certificate: authority.toString("pem"), key }, terms));
    assert.ok(signed.verify(publicKey));
  });
}
