/** YAML bodies, read as upstream does: YAML 1.1 scalars, keys made strings, then everything as JSON. */
import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { depthMax } from "./scan.ts";

export interface ParsedYaml {
  readonly json: string;
  /** Keys that came twice, in the words of upstream's parser. */
  readonly duplicates: readonly string[];
}

/** Reads one document. Throws an Error with a text like upstream's for broken YAML. */
export function yamlToJson(text: string): ParsedYaml {
  ensureShallow(text);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    uniqueKeys: false,
    intAsBigInt: true,
    lineCounter: lines,
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:timestamp"),
  });
  const [error] = document.errors;
  if (error)
    throw new Error(`yaml: line ${error.linePos?.[0].line ?? 1}: ${errorTexts.get(error.code) ?? wordsOf(error.code)}`);
  const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
  return { json: JSON.stringify(value, exactIntegers) ?? "null", duplicates: duplicateKeys(document, lines) };
}

/**
 * go-yaml's bound on depth. Brackets in strings count too: a text with ten thousand of them open is refused even where
 * they mean nothing, rather than parsed for seconds to find out.
 */
function ensureShallow(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) depth += 1;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
    if (depth > depthMax) throw new Error(`yaml: exceeded max depth of ${depthMax}`);
  }
}

const aliasesMax = 100;

/** What go-yaml says where our parser has a code. */
const errorTexts = new Map<string, string>([
  ["MISSING_CHAR", "did not find expected node content"],
  ["BAD_INDENT", "did not find expected node content"],
  ["BLOCK_AS_IMPLICIT_KEY", "mapping values are not allowed in this context"],
  ["TAB_AS_INDENT", "found character that cannot start any token"],
  ["MULTIPLE_DOCS", "expected a single document in the stream"],
]);

const wordsOf = (code: string): string => code.toLowerCase().replaceAll("_", " ");

function exactIntegers(_: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number)
    ? number
    : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(`${value}`);
}

function duplicateKeys(document: Document, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return;
      const seen = new Set<string>();
      for (const pair of map.items) {
        if (!isPair(pair) || !isScalar(pair.key)) continue;
        const key = String(pair.key.value);
        if (seen.has(key)) {
          const line = lines.linePos(pair.key.range?.[0] ?? 0).line;
          found.push(`  line ${line}: key ${JSON.stringify(key)} already set in map`);
        }
        seen.add(key);
      }
    },
  });
  return found;
}
