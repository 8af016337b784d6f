import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { blockYaml } from "./block-yaml.ts";

/** As upstream writes them. */
for (const [value, is] of [
  ["a", "a\n"],
  ["", '""\n'],
  ["true", '"true"\n'],
  ["yes", "yes\n"],
  ["1", '"1"\n'],
  ["1_000", '"1_000"\n'],
  ["0x1F", '"0x1F"\n'],
  ["1.2.3", "1.2.3\n"],
  ["1e3", '"1e3"\n'],
  ["2026-11-21", '"2026-11-21"\n'],
  ["a: b", "'a: b'\n"],
  ["a:b", "a:b\n"],
  ["it's: so", "'it''s: so'\n"],
  [" a", "' a'\n"],
  ["- a", "'- a'\n"],
  ["-a", "-a\n"],
  ["a #b", "'a #b'\n"],
  ["a#b", "a#b\n"],
  ["a\tb", '"a\\tb"\n'],
  ["\u{1f600}", '"\\U0001F600"\n'],
  ["é", "é\n"],
  ["a\nb", "|-\n    a\n    b\n"],
  ["a\nb\n", "|\n    a\n    b\n"],
  ["a\n\n", "|+\n    a\n\n"],
  [" a\nb", "|4-\n     a\n    b\n"],
  ["a \nb", '"a \\nb"\n'],
  [null, "null\n"],
  [1.5, "1.5\n"],
  [[], "[]\n"],
  [{}, "{}\n"],
  [["a", ["b", "c"], { d: 1, e: [2] }], "- a\n- - b\n  - c\n- d: 1\n  e:\n    - 2\n"],
  [{ a: { b: { c: [] } }, d: ["x\ny"] }, "a:\n    b:\n        c: []\nd:\n    - |-\n      x\n      y\n"],
] as const) {
  test(`YAML of ${JSON.stringify(value)}`, () => assert.equal(blockYaml(value), is));
}

/** A generator of numbers from 0 to 1 that begins the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pieces = [
  "a",
  "true",
  "1",
  "0",
  ".",
  "-",
  ":",
  " ",
  "  ",
  "#",
  "'",
  '"',
  "\n",
  "\t",
  "\\",
  "&",
  "*",
  "é",
  "\u{1f600}",
  "\u0085",
  "\u2028",
  "\x7f",
  "\0",
  "null",
  "~",
  "[",
  "{",
  ",",
  "?",
  "|",
  ">",
  "%",
  "@",
  "<<",
  "=",
  "_",
  "e",
  "x",
  "Z",
];

function textFrom(random: () => number): string {
  const length = Math.floor(random() * 5);
  return Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join("");
}

function valueFrom(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth === 0 ? 5 : 7));
  const size = Math.floor(random() * 4);
  if (kind < 3) return textFrom(random);
  if (kind === 3) return [null, true, false][Math.floor(random() * 3)];
  if (kind === 4) return Math.round(random() * 1e6) / 10 ** Math.floor(random() * 4);
  const members = Array.from({ length: size }, () => valueFrom(random, depth - 1));
  return kind === 5 ? members : Object.fromEntries(members.map((member) => [textFrom(random), member]));
}

for (const seed of [1, 2, 3]) {
  test(`any value comes back as it was, seed ${seed}`, () => {
    const random = numbers(seed);
    for (let i = 0; i < 2000; i += 1) {
      const value = valueFrom(random, 3);
      const yaml = blockYaml(value);
      assert.deepEqual(parse(yaml, { maxAliasCount: 0 }), value, yaml);
    }
  });
}
