/** `$(NAME)` in commands, arguments and environment; `$$` escapes; an unknown name stays as written. */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1];
    if (text[at] !== "$" || next === undefined) {
      out += text[at];
    } else if (next === "$") {
      out += "$";
      at++;
    } else if (next === "(") {
      const end = text.indexOf(")", at + 2);
      if (end < 0) {
        // An opening without an end is text; what follows may still hold variables.
        out += "$(";
        at++;
        continue;
      }
      const name = text.slice(at + 2, end);
      out += lookup(name) ?? `$(${name})`;
      at = end;
    } else {
      out += `$${next}`;
      at++;
    }
  }
  return out;
}
