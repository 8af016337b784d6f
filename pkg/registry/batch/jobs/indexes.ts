/** Sets of completion indexes as text: `1,3-5,7`. */

const wholeNumber = /^[+-]?\d+$/;

/** How many indexes the text names, each below `completions`; or what is wrong, in upstream's words. */
export function countIndexes(text: string, completions: number): number | { readonly error: string } {
  if (text === "") return 0;
  let last: number | undefined;
  let total = 0;
  for (const interval of text.split(",")) {
    const parts = interval.split("-");
    if (parts.length > 2) {
      const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
      return { error: `the fragment ${JSON.stringify(interval)} ${rule}` };
    }
    for (const part of parts) {
      if (!wholeNumber.test(part))
        return { error: `cannot convert string to integer for index: ${JSON.stringify(part)}` };
      if (Number(part) >= completions) return { error: `too large index: ${JSON.stringify(part)}` };
    }
    const first = Number(parts[0]);
    const end = Number(parts.at(-1));
    if (parts.length === 2 && first >= end) return { error: decreasing(first, end) };
    if (last !== undefined && last >= first) return { error: decreasing(last, first) };
    total += end - first + 1;
    last = end;
  }
  return total;
}

const decreasing = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;
