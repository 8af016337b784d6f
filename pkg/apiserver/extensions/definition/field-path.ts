/** Paths to a field of a schema, as rules and selectable fields name it: `.spec.color`, `['a.b'].c`. */
import { propertyOf, type Schema, valuesSchema } from "./schema-walk.ts";

export interface FoundField {
  readonly path: string;
  /** The first name of the path. */
  readonly root: string;
  readonly schema: Schema;
}

class PathError extends Error {}

/** Delimiters, quoted names, and what is between them. */
const tokenPattern = /'(?:[^'\\]|\\[\s\S])*'|[.[\]]|[^.[\]]+/g;
const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

/** Returns what is wrong as a text. */
export function findField(text: string, root: Schema, { arrays }: { readonly arrays: boolean }): FoundField | string {
  try {
    return walk(text.match(tokenPattern) ?? [], root, arrays);
  } catch (error) {
    if (error instanceof PathError) return error.message;
    throw error;
  }
}

function walk(tokens: readonly string[], root: Schema, arrays: boolean): FoundField {
  let found: FoundField = { path: "", root: "", schema: root };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as string;
    if (token === "[") {
      if (!arrays) throw new PathError("array notation is not allowed");
      const name = unquoted(nextToken(tokens, at + 1));
      const closing = nextToken(tokens, at + 2);
      found = step(found, name);
      if (closing !== "]") throw new PathError(`expected ] but got ${closing}`);
      at += 2;
    } else if (token === ".") {
      found = step(found, nextToken(tokens, at + 1));
      at++;
    } else throw new PathError(`expected [ or . but got: ${token}`);
  }
  return found;
}

function nextToken(tokens: readonly string[], at: number): string {
  const token = tokens[at];
  if (token === undefined) throw new PathError("unexpected end of JSON path");
  return token;
}

function unquoted(token: string): string {
  if (!/^'[\s\S]*'$/.test(token) || token.length < 2) {
    throw new PathError(`expected single quoted string but got ${token}`);
  }
  return token.slice(1, -1).replace(/\\([\s\S])/g, (whole, char: string) => {
    if (!Object.hasOwn(escapes, char)) {
      throw new PathError(`invalid string literal: invalid escape char ${whole}`);
    }
    return escapes[char] as string;
  });
}

function step({ path, root, schema }: FoundField, name: string): FoundField {
  const hasProperties = Object.keys(schema.properties ?? {}).length > 0;
  const next = hasProperties ? propertyOf(schema, name) : valuesSchema(schema);
  if (!next) throw new PathError("does not refer to a valid field");
  const member = hasProperties ? `${path === "" ? "" : "."}${name}` : `[${name}]`;
  return { path: `${path}${member}`, root: root || name, schema: next };
}
