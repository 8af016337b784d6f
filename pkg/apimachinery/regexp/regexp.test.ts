import assert from "node:assert/strict";
import { test } from "node:test";
import { compileRegExp } from "./index.ts";

const rows: { name: string; pattern: string; text: string; matches: boolean }[] = [
  { name: "anywhere in the text", pattern: "b+", text: "abbc", matches: true },
  { name: "anchored", pattern: "^b+$", text: "abbc", matches: false },
  { name: "flags as RE2 writes them", pattern: "(?i)^ABC$", text: "abc", matches: true },
  { name: "classes by property", pattern: "^\\pL+$", text: "ärger", matches: true },
  { name: "end of text", pattern: "a\\z", text: "ba", matches: true },
  { name: "characters, not halves of them", pattern: "^.$", text: "😀", matches: true },
];

for (const { name, pattern, text, matches } of rows) {
  test(name, () => assert.equal(compileRegExp(pattern).test(text), matches));
}

test("what RE2 does not have is refused in its words", () => {
  assert.throws(() => compileRegExp("(?=a)"), {
    message: "error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
  });
  assert.throws(() => compileRegExp("(?<=a)b"), /invalid/);
  assert.throws(() => compileRegExp("["), { message: "error parsing regexp: missing closing ]: `[`" });
});

test("nested repetition stays linear", () => {
  const started = performance.now();
  assert.equal(compileRegExp("^(a+)+$").test(`${"a".repeat(100_000)}!`), false);
  assert.ok(performance.now() - started < 2_000, "a backtracking engine would not end");
});

test("groups and all matches", () => {
  assert.deepEqual(compileRegExp("(\\d+)-(x)?").exec("a12-b"), ["12-", "12", undefined]);
  assert.deepEqual(compileRegExp("\\d").all("1a2b3", 2), ["1", "2"]);
});
