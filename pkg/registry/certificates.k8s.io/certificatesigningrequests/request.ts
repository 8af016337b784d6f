/** PKCS #10 requests (RFC 2986): whether one is whole, and whether the key that it is for has signed it. */
import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { nextPemBlock } from "../../shared/pem.ts";

const malformed = "asn1: structure error: malformed certificate request";
const truncated = "asn1: syntax error: data truncated";

/** One value in DER. */
interface Der {
  readonly tag: number;
  readonly body: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

class RequestError extends Error {}

/** What is wrong with a request in base64 of PEM, or undefined. */
export function requestError(base64: string): string | undefined {
  const block = nextPemBlock(Buffer.from(base64, "base64").toString("latin1"));
  if (block?.type !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  try {
    checkSignature(block.bytes);
    return undefined;
  } catch (error) {
    if (error instanceof RequestError) return error.message;
    throw error;
  }
}

function checkSignature(bytes: Buffer): void {
  const [outer, ...more] = readAll(bytes);
  if (more.length > 0) throw new RequestError("asn1: syntax error: trailing data");
  const [info, algorithm, signature] = readAll(sequence(outer).body);
  const [oid] = readAll(sequence(algorithm).body);
  const [, , keyInfo] = readAll(sequence(info).body);
  if (!oid || !signature || signature.tag !== 0x03 || signature.body[0] !== 0) throw new RequestError(malformed);
  const key = publicKey(sequence(keyInfo).whole);
  const scheme = schemes.get(oid.body.toString("hex"));
  if (!scheme || scheme.key !== key.asymmetricKeyType) {
    throw new RequestError("x509: cannot verify signature: algorithm unimplemented");
  }
  const options = scheme.pss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING } : key;
  const good = verify(scheme.hash ?? null, sequence(info).whole, options, signature.body.subarray(1));
  if (!good) throw new RequestError(scheme.failure);
}

function publicKey(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw new RequestError("x509: failed to parse public key");
  }
}

interface Scheme {
  readonly key: "rsa" | "ec" | "ed25519";
  readonly hash?: string;
  readonly pss?: boolean;
  readonly failure: string;
}

const rsa = (hash: string, pss = false): Scheme => ({
  key: "rsa",
  hash,
  pss,
  failure: "crypto/rsa: verification error",
});
const ecdsa = (hash: string): Scheme => ({ key: "ec", hash, failure: "x509: ECDSA verification failure" });

/** By object identifier. */
const schemes = new Map<string, Scheme>([
  ["2a864886f70d01010b", rsa("sha256")],
  ["2a864886f70d01010c", rsa("sha384")],
  ["2a864886f70d01010d", rsa("sha512")],
  ["2a864886f70d01010a", rsa("sha256", true)],
  ["2a8648ce3d040302", ecdsa("sha256")],
  ["2a8648ce3d040303", ecdsa("sha384")],
  ["2a8648ce3d040304", ecdsa("sha512")],
  ["2b6570", { key: "ed25519", failure: "x509: Ed25519 verification failure" }],
]);

function sequence(value: Der | undefined): Der {
  if (value?.tag !== 0x30) throw new RequestError(malformed);
  return value;
}

function readAll(bytes: Buffer): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = readOne(bytes.subarray(at));
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

function readOne(bytes: Buffer): Der {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new RequestError(truncated);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + lengthBytes;
  if (lengthBytes > 4 || first === 0x80 || bytes.length < start) throw new RequestError(truncated);
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  if (bytes.length < start + length) throw new RequestError(truncated);
  return { tag, body: bytes.subarray(start, start + length), whole: bytes.subarray(0, start + length) };
}
