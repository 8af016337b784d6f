/** The keys of a map in the order in which Go writes them: that of their UTF-8 bytes. */
export function sortedKeys(map: object): string[] {
  const keys = Object.keys(map);
  return isSorted(keys) ? keys : keys.sort((a, b) => (inOrder(a, b) ? -1 : 1));
}

/** The map with its members in that order. */
export const inKeyOrder = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(sortedKeys(map).map((key) => [key, map[key] as T]));

export function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if (!inOrder(keys[i - 1] as string, keys[i] as string)) return false;
  return true;
}

/** Only from U+D800 on the order of UTF-16 differs from that of UTF-8. */
const beyondUtf16Order = /[\ud800-\uffff]/;

function inOrder(a: string, b: string): boolean {
  if (beyondUtf16Order.test(a) && beyondUtf16Order.test(b)) return Buffer.from(a).compare(Buffer.from(b)) <= 0;
  return a <= b;
}
