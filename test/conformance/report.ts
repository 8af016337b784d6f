/** Tables and JUnit of conformance results. Pure. */
import type { SpecResult } from "./specs.ts";

export const sigOf = (name: string): string => /^\[(sig-[a-z-]+)\]/.exec(name)?.[1] ?? "other";

export interface SigRow {
  readonly sig: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Chosen, and not seen to end. */
  readonly notRun: number;
  readonly seconds: number;
}

/** The last result of each chosen spec counts. */
export function rowsOf(chosen: readonly string[], results: readonly SpecResult[]): SigRow[] {
  const last = new Map(results.map((result) => [result.name, result]));
  const sigs = [...new Set(chosen.map(sigOf))].sort();
  return sigs.map((sig) => {
    const own = chosen.filter((name) => sigOf(name) === sig);
    const found = own.flatMap((name) => last.get(name) ?? []);
    const count = (state: SpecResult["state"]) => found.filter((result) => result.state === state).length;
    return {
      sig,
      passed: count("passed"),
      failed: count("failed"),
      skipped: count("skipped"),
      notRun: own.length - found.length,
      seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  });
}

/** Everything that was chosen was run, and passed. */
export const allPassed = (rows: readonly SigRow[]): boolean =>
  rows.length > 0 && rows.every(({ failed, skipped, notRun, passed }) => failed + skipped + notRun === 0 && passed > 0);

export function tableOf(rows: readonly SigRow[]): string {
  const sum = (key: "passed" | "failed" | "skipped" | "notRun" | "seconds") =>
    rows.reduce((total, row) => total + row[key], 0);
  const all: SigRow = {
    sig: "all",
    passed: sum("passed"),
    failed: sum("failed"),
    skipped: sum("skipped"),
    notRun: sum("notRun"),
    seconds: sum("seconds"),
  };
  const lines = [...rows, all].map(
    ({ sig, passed, failed, skipped, notRun, seconds }) =>
      `| ${sig} | ${passed} | ${failed} | ${skipped} | ${notRun} | ${passed + failed + skipped + notRun} | ${Math.round(seconds)} s |`,
  );
  return [
    "| | passed | failed | skipped | not run | of | time of its specs |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no place for them
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

const escaped = (text: string): string =>
  text
    .replace(unprintable, "?")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

export function junitOf(chosen: readonly string[], results: readonly SpecResult[]): string {
  const last = new Map(results.map((result) => [result.name, result]));
  const cases = chosen.map((name) => {
    const result = last.get(name);
    const head = `  <testcase classname="${sigOf(name)}" name="${escaped(name)}" time="${result?.seconds ?? 0}">`;
    if (!result) return `${head}<error message="was not run to its end"/></testcase>`;
    if (result.state === "passed") return `${head}</testcase>`;
    if (result.state === "skipped") return `${head}<skipped message="${escaped(result.output ?? "")}"/></testcase>`;
    return `${head}<failure>${escaped(result.output ?? "")}</failure></testcase>`;
  });
  const count = (state: SpecResult["state"]) => [...last.values()].filter((result) => result.state === state).length;
  const totals = `tests="${chosen.length}" failures="${count("failed")}" skipped="${count("skipped")}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="conformance" ${totals}>\n${cases.join("\n")}\n</testsuite>\n`;
}
