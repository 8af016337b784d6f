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

/**
 * The first index that two sets share. What cannot be understood is left out: each set is judged for itself.
 * Bounded by the lengths of the texts, not by how many indexes they name.
 */
export function sharedIndex(a: string, b: string, completions: number): number | undefined {
  const [left, right] = [intervalsOf(a, completions), intervalsOf(b, completions)];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [x, y] = [left[i] as Interval, right[j] as Interval];
    if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first);
    if (x.first <= y.first) i++;
    else j++;
  }
  return undefined;
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

function intervalsOf(text: string, completions: number): Interval[] {
  if (text === "") return [];
  return text.split(",").flatMap((interval) => {
    const counted = countIndexes(interval, completions);
    const [first, last = first] = interval.split("-").map(Number);
    return typeof counted === "number" && interval !== "" ? [{ first: first as number, last: last as number }] : [];
  });
}

const decreasing = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;
