/**
 * What `@kubernetes/client-node` says of the parameters of operations. Its generator puts every text on one line, a
 * space for each line end.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const directory = join(dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node"))), "gen/apis");

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  amp: "&",
  "#39": "'",
  "#x3D": "=",
  "#x60": "`",
};

/** Undoes what kept a text from ending its comment, and finds the lines again. */
export const unescapeText = (text: string): string =>
  text
    .replace(/&(lt|gt|quot|amp|#39|#x3D|#x60);/g, (_, name: string) => entities[name]!)
    .replaceAll("/_*", "/*")
    .replaceAll("*_/", "*/")
    .replace(/\\(["'\\])/g, "$1")
    .replace(/(?<=[.:)\]`'"]|^) {2}(?! )/g, "\n\n")
    .replace(/(?<=\S) {3}(?! )/g, "\n  ")
    .replace(/(?<=\n {2}[^\n]*) - /g, "\n- ");

const methodPattern =
  /\/\*\*\n((?: +\* .*\n)+) +\*\/\n +async \w+\([^)]*\) \{\n([\s\S]*?makeRequestContext\(localVarPath, HttpMethod\.(\w+)\);[\s\S]*?)\n {4}\}\n/g;

/** By the operation's method and path, `GET /api/v1/nodes`, and by `query/limit`, `path/name`. */
export function readParameters(): Map<string, Map<string, string>> {
  const out = new Map<string, Map<string, string>>();
  for (const file of readdirSync(directory).filter((name) => name.endsWith("Api.js"))) {
    for (const [, comment, body, method] of readFileSync(join(directory, file), "utf8").matchAll(methodPattern)) {
      const path = /localVarPath = '([^']+)'/.exec(body!)?.[1];
      if (path !== undefined) out.set(`${method} ${path}`, parametersOf(comment!, body!));
    }
  }
  return out;
}

const sentInQuery = /setQueryParam\("(\w+)", ObjectSerializer\.serialize\((\w+),/g;
const sentInPath = /replace\('\{' \+ '(\w+)' \+ '\}', encodeURIComponent\(String\((\w+)\)/g;

function parametersOf(comment: string, body: string): Map<string, string> {
  const words = new Map(
    [...comment.matchAll(/^ +\* @param (\w+) (.*)$/gm)].map(([, name, text]) => [name!, unescapeText(text!)]),
  );
  const named = (place: string, pattern: RegExp) =>
    [...body.matchAll(pattern)].flatMap(([, json, own]): [string, string][] => {
      const text = words.get(own!);
      return text === undefined ? [] : [[`${place}/${json}`, text]];
    });
  return new Map([...named("query", sentInQuery), ...named("path", sentInPath)]);
}
