/** Taints against tolerations; the rules of core/v1 Toleration. */
import type { Taint, Toleration } from "#api/types/core/v1";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || "Equal") {
    case "Exists":
      return true;
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Lt":
      return compareIntegers(taint.value, toleration.value, (a, b) => a < b);
    case "Gt":
      return compareIntegers(taint.value, toleration.value, (a, b) => a > b);
    default:
      return false;
  }
}

function compareIntegers(
  a: string | undefined,
  b: string | undefined,
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const integer = /^-?\d+$/;
  return a !== undefined && b !== undefined && integer.test(a) && integer.test(b) && holds(BigInt(a), BigInt(b));
}

export const isTolerated = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some((toleration) => tolerates(toleration, taint));

/** The first taint with one of the effects that nothing tolerates. */
export function firstUntolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): Taint | undefined {
  return taints.find((taint) => effects.includes(taint.effect) && !isTolerated(taint, tolerations));
}
