/** Divides a sum among claims in proportion to their targets, none below its lower bound or above its upper one. Pure. */

export interface Claim {
  readonly target: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Allocation {
  /** In the order of the claims. */
  readonly parts: readonly number[];
  /** Each part is this times its target, unless a bound says otherwise. */
  readonly fairFraction: number;
}

/** A claim without a target still gets its place in the proportion. */
const targetMin = 0.001;
const tolerance = 1e-7;

/** Undefined: the bounds leave no way to divide this sum. */
export function allocateFairly(sum: number, claims: readonly Claim[]): Allocation | undefined {
  const sane = claims.every(({ target, lower, upper }) => lower >= 0 && lower <= target && lower <= upper);
  if (!sane || sum < 0) return undefined;
  if (sum === 0) return { parts: claims.map(() => 0), fairFraction: 0 };
  const fractions = claims.flatMap((claim) => [claim.lower / targetOf(claim), claim.upper / targetOf(claim)]);
  const bends = [...new Set(fractions)].sort((a, b) => a - b);
  const [first, last] = [bends[0] ?? 0, bends.at(-1) ?? 0];
  if (totalAt(first, claims) - sum > tolerance || sum - totalAt(last, claims) > tolerance) return undefined;
  const fairFraction = fractionFor(sum, claims, bends);
  return { parts: claims.map((claim) => partAt(fairFraction, claim)), fairFraction };
}

const targetOf = ({ target }: Claim): number => Math.max(target, targetMin);

const partAt = (fraction: number, claim: Claim): number =>
  Math.max(claim.lower, Math.min(claim.upper, fraction * targetOf(claim)));

const totalAt = (fraction: number, claims: readonly Claim[]): number =>
  claims.reduce((total, claim) => total + partAt(fraction, claim), 0);

/** The total grows with the fraction, in straight lines between the fractions at which a claim meets a bound. */
function fractionFor(sum: number, claims: readonly Claim[], bends: readonly number[]): number {
  let below = bends[0] as number;
  let totalBelow = totalAt(below, claims);
  for (const bend of bends) {
    const total = totalAt(bend, claims);
    if (total >= sum) {
      const rise = total - totalBelow;
      return rise > 0 ? below + ((bend - below) * (sum - totalBelow)) / rise : bend;
    }
    below = bend;
    totalBelow = total;
  }
  return below;
}
