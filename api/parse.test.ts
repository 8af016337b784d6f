import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "./model.ts";
import { parseTable } from "./parse.ts";

const rooms = ["apps", "authentication.k8s.io", "autoscaling", "core", "meta"];
const parse = (body: string) => parseTable(`group apps\nversion v1\n\n${body}`, "apps", rooms);
const fieldOf = (line: string): Field => parse(`type T\n  ${line}`).types[0]!.fields[0]!;

test("a kind says how it is served", () => {
  const { resources } = parse(`kind Deployment
  plural deployments  singular deployment  short deploy  category all  namespaced
  verbs create get
  subresource scale  autoscaling/v1.Scale  get update
  subresource status  Deployment  get
  column "Up to date" string
  column "Images" string name  wide`);
  assert.deepEqual(resources, [
    {
      group: "apps",
      version: "v1",
      kind: "Deployment",
      plural: "deployments",
      singular: "deployment",
      shortNames: ["deploy"],
      categories: ["all"],
      namespaced: true,
      verbs: ["create", "get"],
      subresources: [
        { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "update"] },
        { name: "status", group: "apps", version: "v1", kind: "Deployment", verbs: ["get"] },
      ],
      columns: [
        { name: "Up to date", type: "string", format: "", wide: false },
        { name: "Images", type: "string", format: "name", wide: true },
      ],
      type: "apps/v1.Deployment",
    },
  ]);
});

const plain = { required: false, pointer: false, emit: false, inline: false, atomic: false };
const message = (name: string) => ({ kind: "message", name });
const rows: [line: string, want: object][] = [
  ["1 a string", { ...plain, number: 1, name: "a", type: { kind: "scalar", scalar: "string" } }],
  ["2 a int32?", { ...plain, number: 2, name: "a", type: { kind: "scalar", scalar: "int32" }, pointer: true }],
  [
    "3 a meta.LabelSelector! emit",
    { ...plain, number: 3, name: "a", type: message("meta/v1.LabelSelector"), required: true, emit: true },
  ],
  [
    "4 a authentication.UserInfo",
    { ...plain, number: 4, name: "a", type: message("authentication.k8s.io/v1.UserInfo") },
  ],
  ["5 ...Base", { ...plain, number: 5, name: "", type: message("apps/v1.Base"), inline: true }],
  [
    "6 a map[string]string atomic",
    { ...plain, number: 6, name: "a", type: { kind: "map", of: { kind: "scalar", scalar: "string" } }, atomic: true },
  ],
  [
    "7 a []T list map(x y) patch merge(x) retainKeys",
    {
      ...plain,
      number: 7,
      name: "a",
      type: { kind: "list", of: message("apps/v1.T") },
      list: { keys: ["x", "y"] },
      patch: { merge: true, retainKeys: true, replace: false, key: "x" },
    },
  ],
  [
    '8 a string = TCP enum TCP "a b"',
    {
      ...plain,
      number: 8,
      name: "a",
      type: { kind: "scalar", scalar: "string" },
      default: "TCP",
      enum: ["TCP", "a b"],
    },
  ],
  [
    "9 a int32? = 5",
    { ...plain, number: 9, name: "a", type: { kind: "scalar", scalar: "int32" }, pointer: true, default: 5 },
  ],
  ["a string", { ...plain, number: 0, name: "a", type: { kind: "scalar", scalar: "string" } }],
];
for (const [line, want] of rows) test(`the field \`${line}\``, () => assert.deepEqual(fieldOf(line), want));

test("unions and choices", () => {
  const { types } = parse("type U\n  union type a b\n  1 type string\ntype C\n  1 | T\n  2 | bool");
  assert.deepEqual(types[0]?.union, { discriminator: "type", members: ["a", "b"] });
  assert.equal(types[1]?.choice, true);
  assert.deepEqual(
    types[1]?.fields.map((f) => f.name),
    ["", ""],
  );
});

test("comments and blank lines say nothing", () => {
  assert.equal(parse("# a comment\n\ntype T\n  1 a string   # why").types[0]?.fields.length, 1);
});

const broken: [text: string, line: number][] = [
  ["thing T", 4],
  ["type T\n  1 a string bogus", 5],
  ["type T\n  1 a nowhere.Thing", 5],
  ["type T\n  1 a []T list heap", 5],
  ["type T\n  1 a []T patch bogus", 5],
  ["kind K\n  bogus", 5],
  ["  1 a string", 4],
];
for (const [text, line] of broken) {
  test(`${JSON.stringify(text)} is refused with its place`, () => {
    assert.throws(
      () => parse(text),
      (error) => error instanceof Error && error.message.startsWith(`apps/v1.api:${line}: `),
    );
  });
}
