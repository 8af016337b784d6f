/** Compares what two runs of one scenario went through. */
import { type Facts, isNumeric } from "./lifecycle-facts.ts";

export interface Difference {
  readonly path: string;
  readonly want: readonly string[];
  readonly got: readonly string[];
}

export interface Comparison {
  readonly checked: number;
  readonly differences: readonly Difference[];
}

/** `want` was recorded from upstream; every fact of either side counts once. */
export function compareFacts(want: Facts, got: Facts): Comparison {
  const paths = [...new Set([...want.keys(), ...got.keys()])].sort();
  const differences = paths
    .map((path): Difference => ({ path, want: want.get(path) ?? [], got: got.get(path) ?? [] }))
    .filter((one) => !agree(one));
  return { checked: paths.length, differences };
}

function agree({ path, want, got }: Difference): boolean {
  if (path.startsWith("events ")) return isSubsequence(want, got) && new Set(want).size === new Set(got).size;
  if (want.length === 0 || got.length === 0) return false;
  if (isNumeric(want) && isNumeric(got)) return want.at(-1) === got.at(-1);
  // A watch may miss what lasted a moment, on either side; a run that is further than the other has seen more.
  if (isSubsequence(want, got)) return true;
  return isSubsequence(got, want) && got.at(-1) === want.at(-1);
}

export function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const value of whole) if (value === part[at]) at++;
  return at === part.length;
}
