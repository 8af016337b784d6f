import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./verdict.ts";

const line = (result: string, name: string) => `--- ${result}: ${name} (0.01s)\n`;

const rows: readonly { name: string; output: string; code: number | null; failed: [string, string][] }[] = [
  { name: "all pass", output: line("PASS", "TestA") + line("PASS", "TestB"), code: 0, failed: [] },
  {
    name: "one fails",
    output: `${line("PASS", "TestA") + line("FAIL", "TestB")}    ${line("FAIL", "TestB/part")}`,
    code: 1,
    failed: [
      ["TestB", "failed"],
      ["TestB/part", "failed"],
    ],
  },
  {
    name: "a part is skipped",
    output: `${line("PASS", "TestA") + line("PASS", "TestB")}    ${line("SKIP", "TestB/part")}`,
    code: 0,
    failed: [["TestB/part", "was skipped"]],
  },
  {
    name: "it crashed on the way",
    output: `${line("PASS", "TestA")}panic: oh\n`,
    code: 2,
    failed: [["TestB", "did not run to its end"]],
  },
  {
    name: "nothing was printed",
    output: "",
    code: 0,
    failed: [
      ["TestA", "did not run to its end"],
      ["TestB", "did not run to its end"],
    ],
  },
  {
    name: "it was killed after the last test",
    output: line("PASS", "TestA") + line("PASS", "TestB"),
    code: null,
    failed: [["the test binary", "ended with exit code null"]],
  },
];
for (const { name, output, code, failed } of rows) {
  test(name, () => assert.deepEqual(judge(["TestA", "TestB"], output, code).failed, failed));
}

test("a binary without tests fails", () => {
  assert.deepEqual(judge([], "", 0).failed, [["the test binary", "lists no test"]]);
});
