/** Servers that disagree about a status must not write it by turns without end. */

const windowMs = 60_000;
const writesMax = 6;

export class WriteBudget {
  /** Times of the last minute's writes, by name. */
  readonly #writes = new Map<string, readonly number[]>();

  /** Takes one write of the object; false: it has been written too often lately. */
  take(name: string, now: number): boolean {
    const recent = (this.#writes.get(name) ?? []).filter((at) => now - at < windowMs);
    if (recent.length >= writesMax) return false;
    this.#writes.set(name, [...recent, now]);
    return true;
  }

  /** Objects that are no more need none. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#writes.keys()) if (!names.has(name)) this.#writes.delete(name);
  }
}
