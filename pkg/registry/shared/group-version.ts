/** `group/version` as the field apiVersion has it. */

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Returns what is wrong as a text. Nothing, and a slash alone, are a group and a version without names. */
export function parseGroupVersion(text: string): GroupVersion | string {
  if (text === "" || text === "/") return { group: "", version: "" };
  const parts = text.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${text}`;
  const [first = "", second] = parts;
  return second === undefined ? { group: "", version: first } : { group: first, version: second };
}
