/** Names of fields as expressions write them. https://kubernetes.io/docs/reference/using-api/cel/#escaping */
const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const parts: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};
const writable = /^[A-Za-z_./-][A-Za-z0-9_./-]*$/;

/** Undefined: no expression can name the field. */
export function escapeName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!writable.test(name)) return undefined;
  return name.replace(/__|[./-]/g, (part) => parts[part] ?? part);
}
