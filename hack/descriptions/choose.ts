/** One text of what two packages say, and what an enumeration's values mean. Pure. */

const valuesPattern = /(\n*)Possible enum values:\n([\s\S]*)$/;

/** `exact` is of the version that is served, without the values' meanings; `earlier` has them. `values`: those of the field. */
export function chooseText(
  exact: string | undefined,
  earlier: string | undefined,
  values: readonly string[] = [],
): string | undefined {
  const said = exact ?? earlier?.replace(valuesPattern, "");
  if (said === undefined || values.length === 0) return said;
  const [, space = "\n\n", known = ""] = valuesPattern.exec(earlier ?? "") ?? [];
  const meanings = meaningsIn(known);
  const lines = values.toSorted().map((value) => ` - \`${JSON.stringify(value)}\`${meanings.get(value) ?? ""}`);
  return `${said}${said === "" ? "" : space}Possible enum values:\n${lines.join("\n")}`;
}

/** By value: what follows it on its line. */
function meaningsIn(known: string): Map<string, string> {
  return new Map(
    known.split("\n").flatMap((line) => {
      const [, value, meaning] = /^ - `"([^"]*)"`(.*)$/.exec(line) ?? [];
      return value === undefined || meaning === undefined ? [] : [[value, meaning] as const];
    }),
  );
}
