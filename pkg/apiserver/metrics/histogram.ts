/** Observations by bucket. */
export class Histogram {
  readonly bounds: readonly number[];
  /** Not cumulative; the last one is of what is above all bounds. */
  readonly counts: number[];
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    counts[at]!++;
    this.count++;
    this.sum += value;
  }
}
