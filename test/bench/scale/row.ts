/** What was measured, as one table. Pure. */
import type { Figures } from "./measured.ts";

/** One figure of a section's, as it is shown. */
export interface RowPlan {
  /** Its name among the figures. */
  readonly figure: string;
  readonly what: string;
  readonly unit: string;
  /** The most that it may be; undefined: only told. */
  readonly target?: number;
  /** Upstream cannot be asked for it. */
  readonly oursOnly?: boolean;
}

export interface Row extends RowPlan {
  readonly ours: number;
  /** Undefined: not measured. */
  readonly upstream: number | undefined;
}

/** A part of the table, each with the day and commit of its own. */
export interface Group {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
}

export interface Found {
  readonly ours: Figures;
  readonly upstream?: Figures | undefined;
}

/** Throws for a figure that a server which was asked does not have. */
export function rowsOf(plans: readonly RowPlan[], { ours, upstream }: Found): Row[] {
  return plans.map((plan) => ({
    ...plan,
    ours: figureOf(ours, plan.figure),
    upstream: plan.oursOnly ? undefined : upstream && figureOf(upstream, plan.figure),
  }));
}

function figureOf(figures: Figures, name: string): number {
  const value = Object.hasOwn(figures, name) ? figures[name] : undefined;
  if (value === undefined || !Number.isFinite(value)) throw new Error(`${name} was not measured`);
  return value;
}

export const isMissed = ({ target, ours }: Row): boolean => target !== undefined && ours > target;

function show(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function lineOf(row: Row): string {
  const { what, target, unit, ours, upstream } = row;
  const limit = target === undefined ? "" : `≤ ${show(target)}`;
  const verdict = target === undefined ? "" : isMissed(row) ? "missed" : "met";
  const ratio = upstream === undefined || upstream <= 0 ? "" : (ours / upstream).toPrecision(2);
  const beside = upstream === undefined ? "" : show(upstream);
  return `| ${what}, ${unit} | ${limit} | ${show(ours)} | ${verdict} | ${beside} | ${ratio} |`;
}

export function tableOf(groups: readonly Group[]): string {
  const lines = groups.flatMap(({ title, about, rows }) => [
    `| **${title}**: ${about} | | | | | |`,
    ...rows.map(lineOf),
  ]);
  return ["| | target | ours | | upstream | ours ÷ upstream |", "|---|---|---|---|---|---|", ...lines].join("\n");
}
