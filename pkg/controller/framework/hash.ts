/** A short stable name for a pod template. Pure. */

/** One for each decimal digit: no vowels, so that no words come up. */
const digits = "456789bcdf";

/** Up to ten characters that depend on what the value says, not on the order of its keys. `salt` yields another name after a collision. */
export function hashOf(value: unknown, salt = 0): string {
  const text = canonical(value) + (salt > 0 ? `#${salt}` : "");
  return String(fnv(text)).replace(/\d/g, (digit) => digits[Number(digit)] as string);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(",")}}`;
}

/** FNV-1a over UTF-16 units, 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
