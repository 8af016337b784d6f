/** Which imports between packages the layout allows. Works on text alone. */
import { posix } from "node:path";

/** A source file: its path from the root of the repository, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const frameworks = ["apiserver", "registry", "controller", "scheduler", "kubelet", "proxy", "dns", "volume"];

/** Lower may not import higher, and equals may not import each other. Packages that are not listed are refused. */
const levels = new Map<string, number>([
  ["api", 0],
  ["pkg/apimachinery", 1],
  ["pkg/component", 2],
  ["pkg/http2", 2],
  ["pkg/pki", 2],
  ["pkg/streaming", 2],
  ["pkg/storage", 3],
  ["pkg/client", 3],
  ...frameworks.map((name): [string, number] => [`pkg/${name}`, 4]),
  ["pkg/cluster", 5],
  ["cmd", 6],
]);

const exceptions = new Set(["pkg/apiserver → pkg/registry"]);

/** Everything that is no product code may import what it likes. */
const isFree = (path: string): boolean =>
  /^(test|hack)\//.test(path) || path.endsWith(".test.ts") || /\/testing\//.test(path);

const packageOf = (path: string): string => {
  const [top = "", second = ""] = path.split("/");
  return top === "pkg" ? `pkg/${second}` : top;
};

/** Matches `from "x"`, `import "x"` and `import("x")`. */
const importPattern = /(?:^|[\s;}])(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g;

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

/** What a file imports, as written. */
export function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(importPattern)].map((match) => match[1] ?? "");
}

/** The path that an import means; undefined for libraries and `node:*`. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("#api/types/")) return `api/gen/${specifier.slice("#api/types/".length)}.d.ts`;
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return posix.normalize(posix.join(posix.dirname(from), specifier));
  return undefined;
}

/** Everything that is wrong with the imports of these files. */
export function wrongImports(sources: readonly Source[]): string[] {
  const wrong: string[] = [];
  for (const { path, text } of sources) {
    if (isFree(path)) continue;
    const home = packageOf(path);
    const level = levels.get(home);
    if (level === undefined) wrong.push(`${path}: ${home} has no place in the layout`);
    for (const specifier of importsOf(text)) {
      const target = resolve(path, specifier);
      wrong.push(...wrongForPlan(path, specifier, target));
      if (target === undefined || level === undefined) continue;
      const there = packageOf(target);
      if (there === home || exceptions.has(`${home} → ${there}`)) continue;
      if ((levels.get(there) ?? Number.POSITIVE_INFINITY) >= level)
        wrong.push(`${path}: ${home} may not import ${there}`);
    }
  }
  return wrong;
}

/** `plan.ts` is pure: it decides, and neither asks nor acts. */
function wrongForPlan(path: string, specifier: string, target: string | undefined): string[] {
  if (posix.basename(path) !== "plan.ts" || packageOf(path) === "pkg/pki") return [];
  const impure =
    specifier.startsWith("node:") || target?.startsWith("pkg/client/") || target === "pkg/apimachinery/clock.ts";
  return impure ? [`${path}: a plan may not import ${specifier}`] : [];
}

/** Packages that reach themselves through others. */
export function packageCycles(sources: readonly Source[]): string[] {
  const edges = new Map<string, Set<string>>();
  for (const { path, text } of sources) {
    if (isFree(path)) continue;
    const home = packageOf(path);
    const targets = edges.get(home) ?? new Set();
    edges.set(home, targets);
    for (const specifier of importsOf(text)) {
      const target = resolve(path, specifier);
      if (target !== undefined && packageOf(target) !== home) targets.add(packageOf(target));
    }
  }
  return [...edges.keys()].filter((start) => reaches(edges, start)).sort();
}

function reaches(edges: ReadonlyMap<string, ReadonlySet<string>>, start: string): boolean {
  const seen = new Set<string>();
  const waiting = [...(edges.get(start) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === start) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(edges.get(next) ?? []));
  }
  return false;
}
