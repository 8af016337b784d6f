/** What a package says of one type. */
export interface DescribedType {
  readonly text?: string | undefined;
  /** By their names in JSON. */
  readonly fields: ReadonlyMap<string, string>;
}

/** The lines of a documentation comment between its first and its last, without what is said to tools (`@deprecated`). */
export const linesOf = (comment: string): string =>
  comment
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.replace(/^ *\* ?/, ""))
    .filter((line) => !/^@\w+$/.test(line))
    .join("\n");
