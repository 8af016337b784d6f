/**
 * What was looked at and found clean, by its text. Replicas of one template have one spec, and most writes change none:
 * the rules look at the first of them. Only texts without findings are remembered, and only what is a function of the
 * text alone may be asked here.
 */

/** Of all remembered texts together, in UTF-16 units. */
const charsMax = 2_000_000;
/** Longer texts are looked at each time. */
const textCharsMax = 64_000;

/** Who has found a text clean. All share the texts. */
const known = new Map<string, Set<KnownClean>>();
let chars = 0;

/** One look at things: each has its own memory. */
export class KnownClean {
  /** Calls `look` unless it has found nothing in the same text before. */
  findings<T>(text: string, look: () => readonly T[]): T[] {
    if (known.get(text)?.has(this)) return [];
    const found = look();
    if (found.length === 0) remember(text, this);
    return [...found];
  }
}

function remember(text: string, who: KnownClean): void {
  if (text.length > textCharsMax) return;
  const others = known.get(text);
  if (others) {
    others.add(who);
    return;
  }
  if (chars + text.length > charsMax) {
    known.clear();
    chars = 0;
  }
  known.set(text, new Set([who]));
  chars += text.length;
}
