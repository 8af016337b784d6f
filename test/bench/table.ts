/** The table of the bench: a group of rows for each part, each with the day and commit of its own. Pure. */
import type { Row } from "./figures.ts";

/** Rows with what they are about. */
export interface Group {
  readonly title: string;
  /** When, at which commit, how: stands behind the title. */
  readonly about: string;
  readonly rows: readonly Row[];
}

const head = ["| | ours | upstream | ours ÷ upstream |", "|---|---|---|---|"];

const show = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toLocaleString("en", { maximumSignificantDigits: 3 });

function lineOf({ name, ours, upstream }: Row): string {
  const ratio = upstream === 0 ? "" : (ours / upstream).toPrecision(2);
  return `| ${name} | ${show(ours)} | ${show(upstream)} | ${ratio} |`;
}

const linesOf = ({ title, about, rows }: Group): string[] => [`| **${title}**: ${about} | | | |`, ...rows.map(lineOf)];

export const tableOf = (groups: readonly Group[]): string => [...head, ...groups.flatMap(linesOf)].join("\n");
