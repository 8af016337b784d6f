/** A table of figures that were measured at different times: groups of rows, each below a line with its title. Pure. */

/** `before` with the groups of `now` in place of those of the same titles, new ones at the end, all others as they were. */
export function withGroups(before: string, now: string): string {
  const groups = new Map([...groupsOf(before), ...groupsOf(now)]);
  groups.delete(head);
  return [groupsOf(now).get(head), ...groups.values()].flat().join("\n");
}

/** What stands before the first group. */
const head = "";

/** The lines of each group by how its first one begins. */
function groupsOf(table: string): Map<string, string[]> {
  let current: string[] = [];
  const groups = new Map([[head, current]]);
  for (const line of table.split("\n")) {
    const title = /^\| \*\*.*?\*\*/.exec(line)?.[0];
    if (title !== undefined) {
      current = [];
      groups.set(title, current);
    }
    if (line.startsWith("|")) current.push(line);
  }
  return groups;
}
