/** A table of figures that were measured at different times: groups of rows, each below a line with its title. Pure. */

/** `before` with the groups of `now` in place of those of the same titles, new ones at the end, all others as they were. */
export function withGroups(before: string, now: string): string {
  const { head, groups } = partsOf(now);
  const all = new Map([...partsOf(before).groups, ...groups]);
  return [...head, ...[...all.values()].flat()].join("\n");
}

/** The lines before the first group, and those of each group by how its first one begins. */
function partsOf(table: string): { head: string[]; groups: Map<string, string[]> } {
  const head: string[] = [];
  const groups = new Map<string, string[]>();
  let current = head;
  for (const line of table.split("\n")) {
    const title = /^\| \*\*.*?\*\*/.exec(line)?.[0];
    if (title !== undefined) {
      current = [];
      groups.set(title, current);
    }
    if (line.startsWith("|")) current.push(line);
  }
  return { head, groups };
}
