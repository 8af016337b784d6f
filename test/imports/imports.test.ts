/** Imports between packages run one way, as docs/contributing.md says. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { importsOf, packageCycles, type Source, wrongImports } from "./check.ts";

const root = join(import.meta.dirname, "../..");

const sources: Source[] = globSync(["api/**/*.ts", "pkg/**/*.ts", "cmd/**/*.ts"], { cwd: root })
  .filter((path) => !path.startsWith("api/gen/"))
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join(root, path), "utf8") }));

test("there are sources to check", () => assert(sources.length > 50));

test("no package imports another the wrong way", () => assert.deepEqual(wrongImports(sources), []));

test("no package reaches itself through others", () => assert.deepEqual(packageCycles(sources), []));

const rows: { name: string; path: string; text: string; wrong: string[] }[] = [
  {
    name: "downwards",
    path: "pkg/controller/job/reconcile.ts",
    text: 'import { a } from "#pkg/client/index.ts";\nimport type { Job } from "#api/types/batch/v1";',
    wrong: [],
  },
  {
    name: "upwards",
    path: "pkg/apimachinery/x.ts",
    text: 'import type { Client } from "#pkg/client/types.ts";',
    wrong: ["pkg/apimachinery/x.ts: pkg/apimachinery may not import pkg/client"],
  },
  {
    name: "by a relative path",
    path: "pkg/storage/x.ts",
    text: 'export * from "../client/index.ts";',
    wrong: ["pkg/storage/x.ts: pkg/storage may not import pkg/client"],
  },
  {
    name: "dynamically",
    path: "pkg/scheduler/x.ts",
    text: 'const k = await import("#pkg/kubelet/index.ts");',
    wrong: ["pkg/scheduler/x.ts: pkg/scheduler may not import pkg/kubelet"],
  },
  {
    name: "over several lines",
    path: "pkg/registry/x.ts",
    text: 'import {\n  a,\n  b,\n} from "#pkg/apiserver/index.ts";',
    wrong: ["pkg/registry/x.ts: pkg/registry may not import pkg/apiserver"],
  },
  {
    name: "the one exception",
    path: "pkg/apiserver/x.ts",
    text: 'import { r } from "#pkg/registry/index.ts";',
    wrong: [],
  },
  { name: "in a comment", path: "api/x.ts", text: '/** import { a } from "#pkg/client/index.ts"; */', wrong: [] },
  { name: "in a test", path: "api/x.test.ts", text: 'import { a } from "#pkg/client/index.ts";', wrong: [] },
  {
    name: "from a plan",
    path: "pkg/controller/job/plan.ts",
    text: 'import { readFile } from "node:fs";\nimport { c } from "#pkg/client/index.ts";',
    wrong: [
      "pkg/controller/job/plan.ts: a plan may not import node:fs",
      "pkg/controller/job/plan.ts: a plan may not import #pkg/client/index.ts",
    ],
  },
  {
    name: "an unknown package",
    path: "pkg/util/x.ts",
    text: "export const x = 1;",
    wrong: ["pkg/util/x.ts: pkg/util has no place in the layout"],
  },
];
for (const { name, path, text, wrong } of rows) {
  test(`an import ${name}`, () => assert.deepEqual(wrongImports([{ path, text }]), wrong));
}

test("a cycle is found", () => {
  const cycle = [
    { path: "pkg/kubelet/a.ts", text: 'import "#pkg/proxy/b.ts";' },
    { path: "pkg/proxy/b.ts", text: 'import "#pkg/dns/c.ts";' },
    { path: "pkg/dns/c.ts", text: 'import "../kubelet/a.ts";' },
    { path: "cmd/x/main.ts", text: 'import "#pkg/dns/c.ts";' },
  ];
  assert.deepEqual(packageCycles(cycle), ["pkg/dns", "pkg/kubelet", "pkg/proxy"]);
});

test("every form of import is seen", () => {
  const text = 'import "a";\nimport x from \'b\';\nexport { y } from "c";\nawait import("d");\nconst from = "e";';
  assert.deepEqual(importsOf(text), ["a", "b", "c", "d"]);
});
