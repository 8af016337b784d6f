/** Whether two values mean the same to the API: absent, null and empty lists and maps are one. */

type Members = Readonly<Record<string, unknown>>;

export function sameMeaning(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, at) => sameItem(item, b[at]));
  }
  return sameMembers(a as Members, b as Members);
}

/** An empty object is not nothing in a list, nor where a field may be set to one (`emptyDir: {}`). */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

const sameItem = (a: unknown, b: unknown): boolean => sameMeaning(a, b);

function sameMembers(a: Members, b: Members): boolean {
  for (const key of Object.keys(a)) if (!sameMeaning(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
  for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && !isNothing(b[key])) return false;
  return true;
}
