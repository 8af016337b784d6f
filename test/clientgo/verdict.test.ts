import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./verdict.ts";

const line = (result: string, name: string) => `--- ${result}: ${name} (0.01s)\n`;

const rows: readonly { name: string; output: string; how: string; failed: [string, string][] }[] = [
  { name: "all pass", output: line("PASS", "TestA") + line("PASS", "TestB"), how: "exit code 0", failed: [] },
  {
    name: "one fails",
    output: `${line("PASS", "TestA") + line("FAIL", "TestB")}    ${line("FAIL", "TestB/part")}`,
    how: "exit code 1",
    failed: [
      ["TestB", "failed"],
      ["TestB/part", "failed"],
    ],
  },
  {
    name: "a part is skipped",
    output: `${line("PASS", "TestA") + line("PASS", "TestB")}    ${line("SKIP", "TestB/part")}`,
    how: "exit code 0",
    failed: [["TestB/part", "was skipped"]],
  },
  {
    name: "it crashed on the way",
    output: `${line("PASS", "TestA")}panic: oh\n`,
    how: "exit code 2",
    failed: [["TestB", "did not run to its end"]],
  },
  {
    name: "nothing was printed",
    output: "",
    how: "exit code 0",
    failed: [
      ["TestA", "did not run to its end"],
      ["TestB", "did not run to its end"],
    ],
  },
  {
    name: "it was killed after the last test",
    output: line("PASS", "TestA") + line("PASS", "TestB"),
    how: "SIGKILL",
    failed: [["the test binary", "ended: SIGKILL"]],
  },
];
for (const { name, output, how, failed } of rows) {
  test(name, () => assert.deepEqual(judge(["TestA", "TestB"], output, how).failed, failed));
}

test("a binary without tests fails", () => {
  assert.deepEqual(judge([], "", "exit code 0").failed, [["the test binary", "lists no test"]]);
});
