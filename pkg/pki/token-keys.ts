/** The keys that sign and verify service-account tokens. Loads no library: whoever verifies needs no certificates. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

export interface VerifyingKey {
  readonly id: string;
  /** Of JSON Web Algorithms: `RS256`. */
  readonly algorithm: string;
  readonly key: KeyObject;
}

export interface SigningKey extends VerifyingKey {
  readonly privateKey: KeyObject;
}

const pemBlock = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g;

/** Every key of a PEM file; a private key stands for its public half. Throws an Error for keys of another kind. */
export function parseVerifyingKeys(pem: string): VerifyingKey[] {
  const blocks = pem.match(pemBlock) ?? [];
  return blocks
    .filter((block) => !block.includes("EC PARAMETERS"))
    .map((block) => verifyingKey(createPublicKey(block)));
}

export function parseSigningKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  return { ...verifyingKey(createPublicKey(privateKey)), privateKey };
}

/** The key id is the SHA-256 of the public key's DER form, as upstream computes it. */
function verifyingKey(key: KeyObject): VerifyingKey {
  const id = createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return { id, key, algorithm: algorithmOf(key) };
}

function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === "rsa") return "RS256";
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case "prime256v1":
      return "ES256";
    case "secp384r1":
      return "ES384";
    case "secp521r1":
      return "ES512";
    default:
      throw new Error(`unsupported service-account key type ${key.asymmetricKeyType}`);
  }
}
