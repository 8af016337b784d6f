/**
 * Accept headers as upstream's server reads them: what is sent is taken literally, case and all, and a weight of zero is only
 * the last choice. https://www.rfc-editor.org/rfc/rfc9110#name-accept is what clients mean by them.
 */

/** One of the alternatives that a client would take. */
export interface Clause {
  readonly type: string;
  readonly subtype: string;
  /** Without `q`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The best first. What is no media type is left out. */
export function clausesOf(accept: string): readonly Clause[] {
  const found: Weighted[] = [];
  for (const part of accept.split(",")) {
    const one = parseClause(part.trim());
    if (one) insert(found, one);
  }
  return found.map(({ clause }) => clause);
}

/** Whether the header names one of these types, or any; parameters count for nothing. */
export function namesOneOf(accept: string, types: readonly string[]): boolean {
  return accept.split(",").some((part) => {
    const type = upTo(part, ";").trim();
    return type === "*/*" || types.includes(type);
  });
}

interface Weighted {
  readonly clause: Clause;
  readonly weight: number;
}

/** Each moves up past those that it comes before, until one that it does not: the order has cycles, so the way there counts. */
function insert(sorted: Weighted[], one: Weighted): void {
  let at = sorted.length;
  while (at > 0 && comesBefore(one, sorted[at - 1] as Weighted)) at--;
  sorted.splice(at, 0, one);
}

function comesBefore(one: Weighted, other: Weighted): boolean {
  if (one.weight > other.weight) return true;
  if (one.clause.type !== "*" && other.clause.type === "*") return true;
  return one.clause.subtype !== "*" && other.clause.subtype === "*";
}

function parseClause(text: string): Weighted | undefined {
  const [range = "", ...rest] = text.split(";");
  const [type = "", subtype = "", ...more] = range.split("/").map((name) => name.trim());
  if (more.length > 0) return undefined;
  if (subtype === "" && type !== "*") return undefined;
  const parameters = new Map<string, string>();
  let weight = 1;
  for (const one of rest) {
    const [name = "", value = "", tail = ""] = one.split("=");
    if (value === "" || tail !== "") continue;
    if (name.trim() === "q") weight = Number(value) || 0;
    else parameters.set(name.trim(), value.trim());
  }
  return { clause: { type, subtype: subtype || "*", parameters }, weight };
}

const upTo = (text: string, separator: string): string => text.split(separator, 1)[0] ?? "";
