/** A short stable name for a pod template. Pure. */

/** Letters and digits that spell no words and are not mistaken for each other. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const lanes = [0x811c9dc5, 0x9747b28c];
const lettersALane = 5;

/** Ten characters that depend on what the value says, not on the order of its keys. `salt` yields another name after a collision. */
export function hashOf(value: unknown, salt = 0): string {
  const text = canonical(value) + (salt > 0 ? `#${salt}` : "");
  return lanes.map((seed) => letters(fnv(text, seed))).join("");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(",")}}`;
}

/** FNV-1a over UTF-16 units, 32 bits. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function letters(hash: number): string {
  let rest = hash;
  let out = "";
  for (let i = 0; i < lettersALane; i++) {
    out += alphabet[rest % alphabet.length];
    rest = Math.floor(rest / alphabet.length);
  }
  return out;
}
