/**
 * What was looked at and found clean, by its text. Replicas of one template have one spec, and most writes change none:
 * the rules look at the first of them. Only texts without findings are remembered, and only what is a function of the
 * text alone may be asked here.
 */

/** Of all remembered texts together, in UTF-16 units. */
const charsMax = 2_000_000;
/** Longer texts are looked at each time. */
const textCharsMax = 64_000;

export class KnownClean {
  readonly #texts = new Set<string>();
  #chars = 0;

  /** Calls `look` unless it has found nothing in the same text before. */
  findings<T>(text: string, look: () => readonly T[]): T[] {
    if (this.#texts.has(text)) return [];
    const found = look();
    if (found.length === 0) this.#remember(text);
    return [...found];
  }

  #remember(text: string): void {
    if (text.length > textCharsMax) return;
    if (this.#chars + text.length > charsMax) {
      this.#texts.clear();
      this.#chars = 0;
    }
    this.#texts.add(text);
    this.#chars += text.length;
  }
}
