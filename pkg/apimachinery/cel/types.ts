/** Types of expressions, and when one stands for another. */
export type Type =
  | { readonly kind: ScalarKind }
  | { readonly kind: "list"; readonly of: Type }
  | { readonly kind: "map"; readonly key: Type; readonly of: Type }
  | { readonly kind: "object"; readonly name: string; readonly fields: ReadonlyMap<string, Type> }
  /** A library's own type; `optional_type` too. */
  | { readonly kind: "opaque"; readonly name: string; readonly of: readonly Type[] }
  | { readonly kind: "type"; readonly of?: Type }
  | { readonly kind: "param"; readonly name: string };

export type ScalarKind =
  | "dyn"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "null"
  | "timestamp"
  | "duration"
  | "error";

const scalars = new Map<string, Type>();
for (const kind of [
  "dyn",
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "null",
  "timestamp",
  "duration",
  "error",
] as const)
  scalars.set(kind, { kind });

export const scalar = (kind: ScalarKind): Type => scalars.get(kind) as Type;
export const dyn = scalar("dyn");
export const bool = scalar("bool");
export const int = scalar("int");
export const string = scalar("string");
export const errorType = scalar("error");
export const listOf = (of: Type): Type => ({ kind: "list", of });
export const mapOf = (key: Type, of: Type): Type => ({ kind: "map", key, of });
export const opaque = (name: string, ...of: Type[]): Type => ({ kind: "opaque", name, of });
export const optionalOf = (of: Type): Type => opaque("optional_type", of);
export const param = (name: string): Type => ({ kind: "param", name });

const wellKnownNames: Readonly<Record<string, string>> = {
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
  null: "null_type",
};

/** As error messages show it. `shown`: names of the kinds that have no name of their own. */
export function printType(type: Type, shown: (kind: string) => string = (kind) => kind): string {
  switch (type.kind) {
    case "error":
      return "!error!";
    case "list":
      return `list(${printType(type.of, shown)})`;
    case "map":
      return `map(${printType(type.key, shown)}, ${printType(type.of, shown)})`;
    case "object":
    case "param":
      return type.name;
    case "opaque":
      return type.of.length > 0 ? `${type.name}(${type.of.map((one) => printType(one, shown)).join(", ")})` : type.name;
    case "type":
      return type.of ? `type(${printType(type.of, shown)})` : "type";
    default:
      return shown(type.kind);
  }
}

/** As the type of a whole expression is told, where another was asked for. */
export const printOutput = (type: Type): string => printType(type, (kind) => wellKnownNames[kind] ?? kind);

/** The name of the type at run time: what `type(x)` is. */
export function runtimeName(type: Type): string {
  if (type.kind === "object" || type.kind === "opaque" || type.kind === "param") return type.name;
  return wellKnownNames[type.kind] ?? type.kind;
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "list":
      return b.kind === "list" && sameType(a.of, b.of);
    case "map":
      return b.kind === "map" && sameType(a.key, b.key) && sameType(a.of, b.of);
    case "object":
    case "param":
      return (b.kind === "object" || b.kind === "param") && a.name === b.name;
    case "opaque":
      return (
        b.kind === "opaque" &&
        a.name === b.name &&
        a.of.length === b.of.length &&
        a.of.every((one, at) => sameType(one, b.of[at] as Type))
      );
    default:
      return true;
  }
}

export const isDyn = (type: Type): boolean => type.kind === "dyn" || type.kind === "error";

export const optionalParameter = (type: Type): Type | undefined =>
  type.kind === "opaque" && type.name === "optional_type" ? type.of[0] : undefined;

/** Types that take null in place of a value. */
const takesNull = (type: Type): boolean => ["null", "object", "opaque", "timestamp", "duration"].includes(type.kind);

/** What type parameters stand for. Persistent: trying an overload that does not fit leaves no trace. */
export class Bindings {
  #map: Map<string, Type>;
  #fresh = 0;

  constructor() {
    this.#map = new Map();
  }

  freshParam(): Type {
    return param(`_var${this.#fresh++}`);
  }

  /** Whether values of `from` go where `to` is wanted; binds parameters when they do, all or none. */
  assign(pairs: readonly (readonly [Type, Type])[]): boolean {
    const before = this.#map;
    this.#map = new Map(before);
    if (pairs.every(([a, b]) => this.#assignable(a, b))) return true;
    this.#map = before;
    return false;
  }

  /** Replaces what is bound; with `close`, parameters that are not become dyn. */
  resolve(type: Type, close = false): Type {
    switch (type.kind) {
      case "param": {
        const bound = this.#map.get(type.name);
        if (bound) return this.resolve(bound, close);
        return close ? dyn : type;
      }
      case "list":
        return listOf(this.resolve(type.of, close));
      case "map":
        return mapOf(this.resolve(type.key, close), this.resolve(type.of, close));
      case "opaque":
        return type.of.length === 0 ? type : opaque(type.name, ...type.of.map((one) => this.resolve(one, close)));
      case "type":
        return type.of ? { kind: "type", of: this.resolve(type.of, close) } : type;
      default:
        return type;
    }
  }

  #assignable(a: Type, b: Type): boolean {
    if (b.kind === "param") {
      const found = this.#bind(b, a);
      if (found !== "unbindable") return found === "bound";
    }
    if (a.kind === "param") return this.#bind(a, b) === "bound";
    if (isDyn(a) || isDyn(b)) return true;
    if (a.kind === "null") return takesNull(b);
    if (b.kind === "null") return takesNull(a);
    if (a.kind === "list") return b.kind === "list" && this.#assignable(a.of, b.of);
    if (a.kind === "map") return b.kind === "map" && this.#assignable(a.key, b.key) && this.#assignable(a.of, b.of);
    if (a.kind === "type") return b.kind === "type";
    if (a.kind === "opaque") {
      return (
        b.kind === "opaque" &&
        a.name === b.name &&
        a.of.length === b.of.length &&
        a.of.every((one, at) => this.#assignable(one, b.of[at] as Type))
      );
    }
    return sameType(a, b);
  }

  /** `unbindable`: a parameter that would contain itself. */
  #bind(to: Extract<Type, { kind: "param" }>, type: Type): "bound" | "refused" | "unbindable" {
    if (sameType(to, type)) return "bound";
    const known = this.#map.get(to.name);
    if (known) {
      if (sameType(known, type)) return "bound";
      if (!this.#assignable(type, known)) return "refused";
      const general = mostGeneral(type, known);
      if (!this.#contains(general, to)) this.#map.set(to.name, general);
      return "bound";
    }
    if (this.#contains(type, to)) return "unbindable";
    this.#map.set(to.name, type);
    return "bound";
  }

  #contains(type: Type, wanted: Extract<Type, { kind: "param" }>): boolean {
    switch (type.kind) {
      case "param": {
        if (type.name === wanted.name) return true;
        const bound = this.#map.get(type.name);
        return bound !== undefined && this.#contains(bound, wanted);
      }
      case "list":
        return this.#contains(type.of, wanted);
      case "map":
        return this.#contains(type.key, wanted) || this.#contains(type.of, wanted);
      case "opaque":
        return type.of.some((one) => this.#contains(one, wanted));
      case "type":
        return type.of !== undefined && this.#contains(type.of, wanted);
      default:
        return false;
    }
  }
}

export const mostGeneral = (a: Type, b: Type): Type => (isLessSpecific(a, b) ? a : b);

function isLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === "param") return true;
  if (isDyn(b) || b.kind === "param" || a.kind !== b.kind) return false;
  if (a.kind === "list") return b.kind === "list" && isLessSpecific(a.of, b.of);
  if (a.kind === "map") return b.kind === "map" && isLessSpecific(a.key, b.key) && isLessSpecific(a.of, b.of);
  if (a.kind === "opaque") {
    return b.kind === "opaque" && a.name === b.name && a.of.every((one, at) => isLessSpecific(one, b.of[at] ?? dyn));
  }
  return sameType(a, b);
}

/**
 * Reads `list(A)`, `map(string, dyn)`, `optional_type(A)`, `kubernetes.Quantity`: types in the declarations of libraries.
 * One capital letter is a parameter.
 */
export function parseType(text: string): Type {
  const known = scalars.get(text);
  if (known) return known;
  if (/^[A-Z]$/.test(text)) return param(text);
  const match = /^([\w.]+)(?:\((.*)\))?$/.exec(text);
  if (!match) throw new Error(`no type: ${text}`);
  const [, name = "", inner] = match;
  const of = inner === undefined ? [] : splitTypes(inner).map(parseType);
  if (name === "list") return listOf(of[0] ?? dyn);
  if (name === "map") return mapOf(of[0] ?? dyn, of[1] ?? dyn);
  if (name === "type") return of[0] ? { kind: "type", of: of[0] } : { kind: "type" };
  return opaque(name, ...of);
}

/** Splits at the commas that are in no brackets. */
export function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === undefined || (char === "," && depth === 0)) {
      const part = text.slice(from, at).trim();
      if (part !== "") parts.push(part);
      from = at + 1;
    }
  }
  return parts;
}
