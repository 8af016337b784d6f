/** Groups whose paths this server always has: below them it answers as an API, even to what it does not serve. */
import { schema } from "#api/index.ts";

const groups: ReadonlySet<string> = new Set(schema.resources.map(({ group }) => group));

export const isBuiltInGroup = (group: string): boolean => groups.has(group);

/** `/api/v2`, `/apis/apps/v2`. */
export function isBelowBuiltInGroup(path: string): boolean {
  const [, root, first, second] = path.split("/");
  if (root === "api") return first !== undefined;
  return root === "apis" && second !== undefined && isBuiltInGroup(first ?? "");
}
