/** What was measured, as a table. */

export interface Row {
  readonly what: string;
  /** The most, or with `least` the least, that it may be; undefined: only told. */
  readonly target?: number;
  readonly unit: string;
  readonly ours: number;
  readonly upstream: number | undefined;
}

const show = (value: number | undefined): string => {
  if (value === undefined) return "";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
};

export const isMissed = ({ target, ours }: Row): boolean => target !== undefined && ours > target;

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { what, target, unit, ours, upstream } = row;
    const limit = target === undefined ? "" : `≤ ${show(target)}`;
    const mark = isMissed(row) ? " (missed)" : "";
    return `| ${what}, ${unit} | ${limit} | ${show(ours)}${mark} | ${show(upstream)} |`;
  });
  return ["| | target | ours | upstream |", "|---|---|---|---|", ...lines].join("\n");
}

/** Rows of figures that two servers, or ours alone, were asked for. */
export function rowOf(
  found: { readonly ours: Readonly<Record<string, number>>; readonly upstream?: Readonly<Record<string, number>> },
  figure: string,
  row: Pick<Row, "what" | "unit" | "target">,
): Row {
  const ours = found.ours[figure];
  if (ours === undefined) throw new Error(`${figure} was not measured`);
  return { ...row, ours, upstream: found.upstream?.[figure] };
}
