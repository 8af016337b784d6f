/** The harness itself: what it makes of ginkgo's output, and that nothing passes which was not seen to. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { imageTable, unknownImages } from "./images/table.ts";
import { allPassed, junitOf, rowsOf, tableOf } from "./report.ts";
import { focusOn, OutputReader, type SpecResult } from "./specs.ts";

const a = "[sig-apps] Job should run a job to completion (when) [Conformance]";
const b = '[sig-node] Pods should *not* be restarted with a exec "cat /tmp/health" [NodeConformance] [Conformance]';
const c = "[sig-node] Secrets should be [LinuxOnly] [Conformance]";
const known = [a, b, c];
const rule = "-".repeat(30);

const block = (head: string, name: string, ...more: string[]): string =>
  `${rule}\n${head}\n${name}\n/src/test.go:1\n${more.map((line) => `  ${line}\n`).join("")}`;

function read(text: string, chunk = text.length): SpecResult[] {
  const results: SpecResult[] = [];
  const reader = new OutputReader(known, (result) => results.push(result));
  for (let at = 0; at < text.length; at += chunk) reader.write(text.slice(at, at + chunk));
  reader.end();
  return results;
}

describe("ginkgo's output", () => {
  const text =
    `Running Suite\n${"S".repeat(200)}\n` +
    block(
      "• [2.300 seconds]",
      a.replace("Job should", "Job [It] should").concat(" [sig-apps, Conformance]"),
      "STEP: x",
    ) +
    `${rule}\n${"S".repeat(50)}\n` +
    block("• [FAILED] [31.5 seconds]", b.replace("Pods should", "Pods [BeforeEach] should"), "[FAILED] oh & no") +
    block("S [SKIPPED] [0.010 seconds]", `${c} [sig-node, Conformance]`, "not here") +
    `${rule}\nRan 3 of 7000 Specs\n`;

  for (const chunk of [7, text.length]) {
    test(`is read in pieces of ${chunk}`, () => {
      assert.deepEqual(
        read(text, chunk).map(({ name, state, seconds }) => [name, state, seconds]),
        [
          [a, "passed", 2.3],
          [b, "failed", 31.5],
          [c, "skipped", 0.01],
        ],
      );
    });
  }

  test("keeps what a failed spec said", () => {
    assert.match(read(text)[1]?.output ?? "", /oh & no/);
  });

  const rows: readonly { name: string; text: string }[] = [
    { name: "a panic is no pass", text: block("• [PANICKED] [1.0 seconds]", a) },
    { name: "an interrupted spec is no pass", text: block("• [INTERRUPTED] [1.0 seconds]", a) },
    { name: "a spec that ran out of time is no pass", text: block("• [TIMEDOUT] [1.0 seconds]", a) },
  ];
  for (const { name, text } of rows)
    test(name, () =>
      assert.deepEqual(
        read(text).map(({ state }) => state),
        ["failed"],
      ),
    );

  test("a spec that nobody chose, and a suite that did not start, say nothing", () => {
    assert.deepEqual(read(block("• [1.0 seconds]", "[sig-apps] Other [Conformance]")), []);
    assert.deepEqual(read(block("[SynchronizedBeforeSuite] [FAILED] [1.0 seconds]", "[SynchronizedBeforeSuite]")), []);
  });
});

describe("the verdict", () => {
  const passed = (name: string): SpecResult => ({ name, state: "passed", seconds: 1 });
  const failed = (name: string): SpecResult => ({ name, state: "failed", seconds: 1, output: "<why> & \u0001" });
  const rows: readonly { name: string; results: readonly SpecResult[]; ok: boolean }[] = [
    { name: "all passed", results: known.map(passed), ok: true },
    { name: "one failed", results: [passed(a), failed(b), passed(c)], ok: false },
    { name: "one was never run", results: [passed(a), passed(b)], ok: false },
    { name: "one was skipped", results: [passed(a), passed(b), { name: c, state: "skipped", seconds: 0 }], ok: false },
    { name: "one failed, and passed later", results: [failed(a), ...known.map(passed)], ok: true },
    { name: "one passed, and failed later", results: [...known.map(passed), failed(a)], ok: false },
    { name: "nothing was run", results: [], ok: false },
  ];
  for (const { name, results, ok } of rows) {
    test(`${name}: ${ok ? "pass" : "fail"}`, () => assert.equal(allPassed(rowsOf(known, results)), ok));
  }

  test("of no spec at all is no pass", () => assert.equal(allPassed(rowsOf([], [])), false));

  test("the table counts by group", () => {
    const table = tableOf(rowsOf(known, [passed(a), failed(b)])).split("\n");
    assert.deepEqual(table.slice(2), [
      "| sig-apps | 1 | 0 | 0 | 0 | 1 | 1 s |",
      "| sig-node | 0 | 1 | 0 | 1 | 2 | 1 s |",
      "| all | 1 | 1 | 0 | 1 | 3 | 2 s |",
    ]);
  });

  test("JUnit has a case for each chosen spec", () => {
    const text = junitOf(known, [passed(a), failed(b)]);
    assert.equal(text.match(/<testcase /g)?.length, 3);
    assert.match(text, /<failure>&lt;why&gt; &amp; \?<\/failure>/);
    assert.match(text, /<error message="was not run to its end"\/>/);
  });
});

describe("choosing", () => {
  test("a focus matches its specs, whatever signs their names hold, and no others", () => {
    const focus = new RegExp(focusOn([a, b]));
    assert.deepEqual(
      known.map((name) => focus.test(`Kubernetes e2e suite ${name}`)),
      [true, true, false],
    );
    assert.equal(focus.test(`Kubernetes e2e suite ${a} and more`), false);
  });

  test("an image that nobody makes is told of", () => {
    const names = imageTable.flatMap((row) => row.names);
    assert.deepEqual(unknownImages([...names, "registry.k8s.io/e2e-test-images/new:1"]), [
      "registry.k8s.io/e2e-test-images/new:1",
    ]);
    assert.equal(new Set(names).size, names.length);
  });
});
