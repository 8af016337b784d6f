/** Serial numbers of certificates. */
import { randomBytes } from "node:crypto";

/** 16 random bytes in hexadecimal, the first bit clear so that the number is positive in DER. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}
