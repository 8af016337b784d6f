/** Least and most of a size or a cost, in the arithmetic of upstream: whole numbers that stop at 2^64 - 1. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What no number exceeds; doubles have no 2^64 - 1. */
const ceiling = 2 ** 64;
const capped = (value: number): number => Math.min(value, ceiling);

export const exactly = (value: number): Range => ({ min: value, max: value });
export const atMost = (max: number): Range => ({ min: 0, max });
export const unbounded: Range = { min: 0, max: ceiling };

export const add = (a: Range, b: Range): Range => ({ min: capped(a.min + b.min), max: capped(a.max + b.max) });
export const times = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) });
export const scale = (a: Range, factor: number): Range => ({
  min: capped(Math.ceil(a.min * factor)),
  max: capped(Math.ceil(a.max * factor)),
});

export function union(a: Range | undefined, b: Range): Range {
  return a ? { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) } : b;
}
