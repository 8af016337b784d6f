/** What a Go test binary's output says, judged without trust: a test counts only when it is seen to pass. Pure. */

export interface Verdict {
  readonly passed: readonly string[];
  /** A test and why it does not count. */
  readonly failed: readonly (readonly [name: string, why: string])[];
}

const resultPattern = /^ *--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)$/gm;

/** `expected` are the names of the tests at the top; `output` is what they printed with `-test.v`, `how` how it ended. */
export function judge(expected: readonly string[], output: string, how: string): Verdict {
  const results = new Map([...output.matchAll(resultPattern)].map(([, result = "", name = ""]) => [name, result]));
  const missing = expected.filter((name) => !results.has(name));
  const bad = [...results].filter(([, result]) => result !== "PASS");
  const failed: [string, string][] = [
    ...missing.map((name): [string, string] => [name, "did not run to its end"]),
    ...bad.map(([name, result]): [string, string] => [name, result === "SKIP" ? "was skipped" : "failed"]),
  ];
  if (expected.length === 0) failed.push(["the test binary", "lists no test"]);
  if (how !== "exit code 0" && failed.length === 0) failed.push(["the test binary", `ended: ${how}`]);
  return { passed: [...results].flatMap(([name, result]) => (result === "PASS" ? [name] : [])), failed };
}
