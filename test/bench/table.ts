/** The one table of the bench: a group of rows for each part, each with the day and commit of its own. Pure. */
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

const headOf = (title: string) => `| **${title}**`;

const linesOf = ({ title, about, rows }: Group): string[] => [
  `${headOf(title)}: ${about} | | | |`,
  ...rows.map(lineOf),
];

export const tableOf = (groups: readonly Group[]): string => [...head, ...groups.flatMap(linesOf)].join("\n");

/** The table with these groups in place of those of the same titles, new ones at the end, all others as they were. */
export function withGroups(table: string, groups: readonly Group[]): string {
  const known = groupsOf(table);
  for (const group of groups) known.set(headOf(group.title), linesOf(group));
  return [...head, ...[...known.values()].flat()].join("\n");
}

/** The lines of each group by how its first one begins. What stands before the first group is none. */
function groupsOf(table: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of table.split("\n")) {
    const title = /^\| \*\*.*?\*\*/.exec(line)?.[0];
    if (title !== undefined) {
      current = [];
      groups.set(title, current);
    }
    if (line.startsWith("|")) current?.push(line);
  }
  return groups;
}
