/** A part of the bench: what it measures beside upstream. */
import type { Numbers, Row } from "./figures.ts";

export interface PartOptions {
  readonly rounds: number;
  /** Pods of the API server's part. */
  readonly pods: number;
  readonly signal: AbortSignal;
}

/** Rows that belong together, and every figure that they are made of, by side. */
export interface Found {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
  readonly rounds: Readonly<Record<string, readonly Numbers[]>>;
}

export interface Part {
  /** As `--only` selects it. */
  readonly name: string;
  /** Programs of upstream's and load generators that it needs. */
  readonly programs: readonly string[];
  /** Throws when anything failed: a table is only of what was checked. */
  measure(options: PartOptions): Promise<readonly Found[]>;
}

/** The sides in turn, the other way round in every second round, so that none is always the first. */
export function inTurn<T>(sides: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? sides : sides.toReversed();
}

/** Measures every side in every round. */
export async function inRounds<S extends string>(
  sides: readonly S[],
  { rounds, signal, what }: Pick<PartOptions, "rounds" | "signal"> & { readonly what: string },
  measureOne: (side: S) => Promise<Numbers>,
): Promise<Readonly<Record<S, readonly Numbers[]>>> {
  const found = Object.fromEntries(sides.map((side) => [side, []])) as unknown as Record<S, Numbers[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const side of inTurn(sides, round)) {
      signal.throwIfAborted();
      console.error(`round ${round + 1} of ${rounds}: ${what}, ${side}`);
      found[side].push(await measureOne(side));
    }
  }
  return found;
}
