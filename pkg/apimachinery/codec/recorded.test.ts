/** Replays the recorded answers of upstream's decoder. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import { StatusError } from "../status-error.ts";
import { decodeObject } from "./index.ts";
import { type JsonObject, setKey } from "./raw-json.ts";

interface Case {
  readonly base: string;
  readonly id: string;
  readonly op: "set" | "delete" | "add";
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
  readonly want: { readonly code: number; readonly reason?: string; readonly message?: string };
}

interface Base {
  readonly object: JsonObject;
  readonly url: string;
  readonly stored: JsonObject;
}

const data = new URL("../../../test/data/validation/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, data), "utf8");
const bases = new Map(Object.entries(JSON.parse(read("bases.json")) as Record<string, Base>));
const cases = read("cases.jsonl")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

/** The resource, or the subresource's kind, that a URL is about. */
function targetOf(url: string): { group: string; version: string; kind: string; type: string } {
  const parts = url.split("/").slice(1);
  const [group, version] = parts[0] === "api" ? ["", parts[1] ?? ""] : [parts[1] ?? "", parts[2] ?? ""];
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  const inNamespace = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  const resource = schema.resources.find(
    (r) => r.group === group && r.version === version && r.plural === inNamespace[0],
  );
  assert(resource, url);
  const { kind, type } = resource;
  return { group, version, kind, type };
}

function mutate(object: JsonObject, { op, path, value }: Case): JsonObject {
  const copy = structuredClone(object);
  let at: unknown = copy;
  const way = op === "add" ? path : path.slice(0, -1);
  for (const step of way) at = (at as JsonObject)[step];
  const last = path.at(-1);
  if (op === "add") (at as JsonObject)["unknownField"] = "x";
  else if (op === "set") setKey(at as JsonObject, String(last), value);
  else if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete (at as JsonObject)[String(last)];
  return copy;
}

function decodeCase(one: Case): StatusError | undefined {
  const base = bases.get(one.base);
  assert(base);
  try {
    decodeObject(Buffer.from(JSON.stringify(mutate(base.object, one))), {
      ...targetOf(base.url),
      fieldValidation: "Strict",
      mediaType: "application/json",
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error;
  }
}

/** Refusals that are not the decoder's. */
const later = /^(the namespace of the provided object|the name of the object|metadata\.|name is required)/;

for (const name of bases.keys()) {
  test(`upstream's answers to changes of ${name}`, () => {
    for (const one of cases.filter((c) => c.base === name)) {
      const error = decodeCase(one);
      const wanted = one.want.code === 400 && !later.test(one.want.message ?? "") ? one.want : undefined;
      assert.deepEqual(
        error && { code: error.code, reason: error.reason, message: error.message },
        wanted && { code: wanted.code, reason: wanted.reason, message: wanted.message },
        `case ${one.id}: ${one.op} ${one.path.join(".")}`,
      );
    }
  });
}

test("what is stored does not change when it is decoded again", () => {
  for (const [name, base] of bases) {
    const { object } = decodeObject(Buffer.from(JSON.stringify(base.stored)), {
      ...targetOf(base.url),
      fieldValidation: "Strict",
      mediaType: "application/json",
    });
    assert.deepEqual(JSON.parse(JSON.stringify(object)), base.stored, name);
  }
});
