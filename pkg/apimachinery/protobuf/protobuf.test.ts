import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import { normalize, rawNumber } from "../codec/index.ts";
import type { KubeObject } from "../object.ts";
import { decodeEnvelope, decodeMessage, encodeEnvelope, encodeMessage, ProtobufError } from "./index.ts";

const file = join(import.meta.dirname, "../../../test/data/validation/bases.json");
const bases = JSON.parse(readFileSync(file, "utf8")) as Record<string, { stored: KubeObject }>;

function typeOf({ apiVersion = "", kind }: KubeObject): string {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return schema.resources.find((r) => r.group === group && r.version === version && r.kind === kind)!.type;
}

/** Identities of objects inside objects do not travel: their types are fixed. */
function withoutIdentity(object: KubeObject): unknown {
  const { apiVersion: _, kind: __, ...rest } = object;
  return JSON.parse(JSON.stringify(rest));
}

for (const [id, { stored }] of Object.entries(bases)) {
  test(`round trip: ${id}`, () => {
    const type = typeOf(stored);
    const decoded = decodeMessage(encodeMessage(stored, type), type);
    const { apiVersion: _, kind: __, ...expected } = normalize(stored, type) as KubeObject;
    for (const claim of (expected as { spec?: { volumeClaimTemplates?: KubeObject[] } }).spec?.volumeClaimTemplates ??
      []) {
      delete claim.apiVersion;
      delete claim.kind;
    }
    assert.deepEqual(withoutIdentity(decoded as KubeObject), JSON.parse(JSON.stringify(expected)));
  });
}

test("known bytes: a namespace as the reference writes it", () => {
  const message = encodeMessage(
    { metadata: { name: "a" }, spec: { finalizers: ["k"] }, status: { phase: "Active" } },
    "core/v1.Namespace",
  );
  assert.equal(
    message.toString("hex"),
    [
      "0a11",
      "0a0161",
      "1200",
      "1a00",
      "2200",
      "2a00",
      "3200",
      "3800",
      "4200",
      "12030a016b",
      "1a080a06416374697665",
    ].join(""),
  );
});

test("numbers keep their sign and every digit", () => {
  const big = rawNumber("9007199254740993");
  const type = "apps/v1.ControllerRevision";
  const decoded = decodeMessage(encodeMessage({ metadata: {}, revision: big }, type), type) as { revision: unknown };
  assert.equal(JSON.stringify(decoded.revision), "9007199254740993");
  const negative = decodeMessage(
    encodeMessage({ metadata: {}, value: -5 }, "scheduling.k8s.io/v1.PriorityClass"),
    "scheduling.k8s.io/v1.PriorityClass",
  );
  assert.equal((negative as { value: number }).value, -5);
});

test("a key called __proto__ is a key", () => {
  const data = JSON.parse('{"metadata":{},"data":{"__proto__":"x"}}') as object;
  const decoded = decodeMessage(encodeMessage(data, "core/v1.ConfigMap"), "core/v1.ConfigMap");
  assert.equal(JSON.stringify((decoded as { data: object }).data), '{"__proto__":"x"}');
});

test("the envelope carries identity and message", () => {
  const envelope = encodeEnvelope({ apiVersion: "v1", kind: "Pod" }, Buffer.from("raw"));
  assert.equal(envelope.toString("latin1", 0, 4), "k8s\0");
  const { apiVersion, kind, raw } = decodeEnvelope(envelope);
  assert.deepEqual([apiVersion, kind, raw.toString()], ["v1", "Pod", "raw"]);
});

const whole = encodeMessage(bases["Pod/v1/rich"]!.stored, "core/v1.Pod");

test("every cut of a message is refused or read, never a crash", () => {
  let refused = 0;
  for (let length = 0; length < whole.length; length += 7) {
    try {
      decodeMessage(whole.subarray(0, length), "core/v1.Pod");
    } catch (error) {
      assert.ok(error instanceof ProtobufError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 0);
});

for (const { name, hex, says } of [
  { name: "a length beyond the end", hex: "0aff01", says: "unexpected EOF" },
  {
    name: "a negative length",
    hex: "0affffffffffffffffff01",
    says: "proto: negative length found during unmarshaling",
  },
  { name: "a varint without end", hex: "0affffffffffffffffffffff", says: "proto: integer overflow" },
  { name: "a wrong wire type", hex: "0801", says: "proto: wrong wireType = 0 for field ObjectMeta" },
  { name: "a wrong wire type further down", hex: "0a022801", says: "proto: wrong wireType = 0 for field UID" },
  { name: "field number zero", hex: "0200", says: "proto: Pod: illegal tag 0 (wire type 2)" },
  { name: "the end of no group", hex: "0a010c", says: "proto: ObjectMeta: wiretype end group for non-group" },
  { name: "a group in place of a message", hex: "0b", says: "proto: wrong wireType = 3 for field ObjectMeta" },
  { name: "an unknown group without an end", hex: "9b06", says: "unexpected EOF" },
  { name: "an unknown field of an unknown form", hex: "9e06", says: "proto: illegal wireType 6" },
]) {
  test(`refused: ${name}`, () =>
    assert.throws(() => decodeMessage(Buffer.from(hex, "hex"), "core/v1.Pod"), {
      name: "ProtobufError",
      message: says,
    }));
}

for (const { name, hex, says } of [
  { name: "nothing", hex: "", says: "empty data" },
  { name: "only what every body begins with", hex: "6b387300", says: "empty body" },
  { name: "half of that", hex: "6b38", says: /^provided data does not appear to be a protobuf message/ },
]) {
  test(`no envelope: ${name}`, () => assert.throws(() => decodeEnvelope(Buffer.from(hex, "hex")), { message: says }));
}
