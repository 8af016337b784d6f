/** What was committed, revision by revision: the sequential model that every answer is held against. */

/** What the test reads of an object. `data.writer` names the operation that wrote it. */
export interface Value {
  readonly uid: string;
  readonly color: string;
  readonly data: Readonly<Record<string, string>>;
}

export interface Change {
  readonly revision: number;
  /** `namespace/name`. */
  readonly key: string;
  /** Undefined: deleted. */
  readonly value: Value | undefined;
}

/** One state of a key and the revisions at which it was the state, both inclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly value: Value | undefined;
}

/** An object as an answer shows it. */
export interface Seen extends Value {
  readonly key: string;
  readonly revision: number;
}

export const sameValue = (a: Value, b: Value): boolean => printValue(a) === printValue(b);

export function printValue({ uid, color, data }: Value): string {
  const members = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([uid, color, members]);
}

export class History {
  /** In the order of revisions. */
  readonly changes: readonly Change[];
  readonly #spans = new Map<string, Span[]>();

  constructor(changes: readonly Change[]) {
    this.changes = changes;
    for (const { key, revision, value } of changes) {
      const spans = this.#spans.get(key) ?? [{ from: 0, to: Number.POSITIVE_INFINITY, value: undefined }];
      const last = spans.pop() as Span;
      spans.push({ ...last, to: revision - 1 }, { from: revision, to: Number.POSITIVE_INFINITY, value });
      this.#spans.set(key, spans);
    }
  }

  get keys(): Iterable<string> {
    return this.#spans.keys();
  }

  /** Every state that a key had, the first without the object. */
  spansOf(key: string): readonly Span[] {
    return this.#spans.get(key) ?? [{ from: 0, to: Number.POSITIVE_INFINITY, value: undefined }];
  }

  /** The state of a key at a revision. */
  at(key: string, revision: number): Span {
    return this.spansOf(key).find(({ from, to }) => from <= revision && revision <= to) as Span;
  }

  /** Whether the key was in a state that `holds` at some revision of the range. */
  wasEver(
    key: string,
    range: { readonly low: number; readonly high: number },
    holds: (span: Span) => boolean,
  ): boolean {
    return this.spansOf(key).some((span) => span.from <= range.high && span.to >= range.low && holds(span));
  }

  /** All objects of a namespace at a revision, in the order of their keys. */
  stateAt(revision: number, namespace: string): Seen[] {
    const found: Seen[] = [];
    for (const key of this.#spans.keys()) {
      if (!key.startsWith(`${namespace}/`)) continue;
      const { from, value } = this.at(key, revision);
      if (value) found.push({ ...value, key, revision: from });
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
