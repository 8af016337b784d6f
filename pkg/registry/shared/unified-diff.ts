/**
 * Differences between two texts as upstream shows them: a unified diff with three lines around, found by the
 * Ratcliff-Obershelp way of matching (the longest block both have, then left and right of it), where lines that occur
 * often in a long text start no block.
 */

/** A block that both have: `size` lines from `a` on and from `b` on. */
interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Change {
  readonly same: boolean;
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

const context = 3;
/** From this many lines on, lines that make up more than a hundredth of the text are too common to match by. */
const popularFrom = 200;

/** Empty when the texts are the same. Every line of the result ends with a newline. */
export function unifiedDiff(before: string, after: string): string {
  const a = before.split("\n");
  const b = after.split("\n");
  let out = "";
  for (const group of groupsOf(changesOf(a, b))) out += printGroup(group, a, b);
  return out;
}

function positionsOf(b: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const [at, line] of b.entries()) {
    const list = positions.get(line);
    if (list) list.push(at);
    else positions.set(line, [at]);
  }
  if (b.length < popularFrom) return positions;
  const most = Math.floor(b.length / 100) + 1;
  for (const [line, list] of positions) if (list.length > most) positions.delete(line);
  return positions;
}

interface Range {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  positions: Map<string, number[]>,
  range: Range,
): Match {
  const { aFrom, aTo, bFrom, bTo } = range;
  let best = { a: aFrom, b: bFrom, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aFrom; i < aTo; i++) {
    const next = new Map<number, number>();
    for (const j of positions.get(a[i] as string) ?? []) {
      if (j < bFrom) continue;
      if (j >= bTo) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  // Common lines start no block, but they do lengthen one.
  while (best.a > aFrom && best.b > bFrom && a[best.a - 1] === b[best.b - 1]) {
    best = { a: best.a - 1, b: best.b - 1, size: best.size + 1 };
  }
  while (best.a + best.size < aTo && best.b + best.size < bTo && a[best.a + best.size] === b[best.b + best.size]) {
    best = { ...best, size: best.size + 1 };
  }
  return best;
}

function matchesOf(a: readonly string[], b: readonly string[]): Match[] {
  const positions = positionsOf(b);
  const found: Match[] = [];
  const pending: Range[] = [{ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }];
  for (let range = pending.pop(); range; range = pending.pop()) {
    const match = longestMatch(a, b, positions, range);
    if (match.size === 0) continue;
    found.push(match);
    const { a: i, b: j, size } = match;
    if (range.aFrom < i && range.bFrom < j) pending.push({ ...range, aTo: i, bTo: j });
    if (i + size < range.aTo && j + size < range.bTo) pending.push({ ...range, aFrom: i + size, bFrom: j + size });
  }
  return found.sort((x, y) => x.a - y.a);
}

function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  const changes: Change[] = [];
  const push = (same: boolean, aFrom: number, aTo: number, bFrom: number, bTo: number) => {
    if (aFrom === aTo && bFrom === bTo) return;
    const last = changes.at(-1);
    if (last?.same && same) changes[changes.length - 1] = { ...last, aTo, bTo };
    else changes.push({ same, aFrom, aTo, bFrom, bTo });
  };
  let i = 0;
  let j = 0;
  for (const match of [...matchesOf(a, b), { a: a.length, b: b.length, size: 0 }]) {
    push(false, i, match.a, j, match.b);
    i = match.a + match.size;
    j = match.b + match.size;
    push(true, match.a, i, match.b, j);
  }
  return changes;
}

/** Changes that stand close together are shown as one. */
function groupsOf(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let group: Change[] = [];
  const close = () => {
    if (group.some(({ same }) => !same)) groups.push(group);
    group = [];
  };
  for (const [at, change] of changes.entries()) {
    if (!change.same) {
      group.push(change);
      continue;
    }
    const { aFrom, aTo, bFrom, bTo } = change;
    const head = { same: true, aFrom, bFrom, aTo: Math.min(aTo, aFrom + context), bTo: Math.min(bTo, bFrom + context) };
    const tail = { same: true, aTo, bTo, aFrom: Math.max(aFrom, aTo - context), bFrom: Math.max(bFrom, bTo - context) };
    const isFirst = at === 0;
    const isLast = at === changes.length - 1;
    if (isFirst) group.push(tail);
    else if (isLast) group.push(head);
    else if (aTo - aFrom > 2 * context) {
      group.push(head);
      close();
      group.push(tail);
    } else group.push(change);
  }
  close();
  return groups;
}

function printGroup(group: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const first = group[0] as Change;
  const last = group.at(-1) as Change;
  const lines = [`@@ -${printRange(first.aFrom, last.aTo)} +${printRange(first.bFrom, last.bTo)} @@`];
  for (const { same, aFrom, aTo, bFrom, bTo } of group) {
    if (same) for (const line of a.slice(aFrom, aTo)) lines.push(` ${line}`);
    else {
      for (const line of a.slice(aFrom, aTo)) lines.push(`-${line}`);
      for (const line of b.slice(bFrom, bTo)) lines.push(`+${line}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

function printRange(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return `${from + 1}`;
  return `${length === 0 ? from : from + 1},${length}`;
}
