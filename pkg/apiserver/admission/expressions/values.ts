/** JSON as expressions see it: whole numbers are integers, whatever their field; other numbers are doubles. */
import { isRawNumber } from "#pkg/apimachinery/codec/index.ts";

export function celValueOf(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(celValueOf);
  // A number beyond 2^53 travels as its own digits.
  if (isRawNumber(value)) return BigInt(JSON.stringify(value));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    Object.defineProperty(copy, name, {
      value: celValueOf(member),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}
