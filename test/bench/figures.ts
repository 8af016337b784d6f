/** Figures of several rounds, and what they come to beside each other. Pure. */

/** By name, in the order in which they are shown. */
export type Numbers = Readonly<Record<string, number>>;

/** Medians of one figure. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  readonly upstream: number;
}

/** What each round of either side found. */
export interface Rounds {
  readonly ours: readonly Numbers[];
  readonly upstream: readonly Numbers[];
}

/** Leaves of a report, by path. */
export function flatten(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => flatten(member, path === "" ? name : `${path}.${name}`));
}

/** Throws for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` (0…1) of the others are. Throws for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

/**
 * A row for each figure of ours. Throws when a round of either side lacks one, when one is no amount, or when there is
 * none at all: such a table would compare what nobody measured. Upstream may have more, which are left out.
 */
export function rowsOf({ ours, upstream }: Rounds): Row[] {
  const names = Object.keys(ours[0] ?? {});
  if (names.length === 0) throw new Error("nothing was measured");
  return names.map((name) => ({ name, ours: medianOf(ours, name), upstream: medianOf(upstream, name) }));
}

function medianOf(rounds: readonly Numbers[], name: string): number {
  return median(
    rounds.map((numbers) => {
      const value = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
      if (value === undefined || !Number.isFinite(value) || value < 0) throw new Error(`${name} was not measured`);
      return value;
    }),
  );
}

/** Only the figures that `keep` wants. */
export function pick(rounds: readonly Numbers[], keep: (name: string) => boolean): Numbers[] {
  return rounds.map((numbers) => Object.fromEntries(Object.entries(numbers).filter(([name]) => keep(name))));
}
