import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { keyPairProblem } from "./key-pair.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

test("what is wrong with a pair", () => {
  const rows: [name: string, certificate: string, key: string, problem: string][] = [
    ["nothing", "", "", "tls: failed to find any PEM data in certificate input"],
    [
      "changed places",
      privateKey,
      broken,
      "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
    ],
    [
      "a public key",
      publicKey,
      privateKey,
      'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [PUBLIC KEY]',
    ],
    ["no key", broken, "", "tls: failed to find any PEM data in key input"],
    [
      "a certificate as key",
      broken,
      broken,
      "tls: found a certificate rather than a key in the PEM for the private key",
    ],
    ["no certificate in its block", broken, privateKey, "x509: malformed certificate"],
  ];
  for (const [name, certificate, key, problem] of rows) assert.equal(keyPairProblem(certificate, key), problem, name);
});
