/** A server that lies in one place is found out: by the text of its protobuf, and by the answer as a whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeEnvelope, encodeMessage, typeOfKind } from "#pkg/apimachinery/protobuf/index.ts";
import { createBases } from "../recorded.ts";
import { whyDifferent } from "./justified.ts";
import { runScenario } from "./scenario.ts";
import type { LivePair, LiveServer, Reply } from "./servers.ts";
import { printProtobuf } from "./wire/index.ts";

const protobuf = "application/vnd.kubernetes.protobuf";

function encoded(object: object): Buffer {
  const { apiVersion = "", kind = "" } = object as KubeObject;
  const type = typeOfKind({ apiVersion, kind });
  assert.ok(type, `${apiVersion} ${kind}`);
  return encodeEnvelope({ apiVersion, kind }, encodeMessage(normalize(object, type), type));
}

/** An object without what is never the same on two servers: its version and the times of the run. */
function constant({ metadata, ...rest }: KubeObject): object {
  const { resourceVersion: _, ...kept } = metadata;
  const text = JSON.stringify({ ...rest, metadata: kept });
  return JSON.parse(text.replace(/\d{4}-\d\d-\d\dT/g, "2001-02-03T")) as object;
}

for (const [name, { stored }] of createBases()) {
  test(`one wrong bit in protobuf: ${name}`, () => {
    const { spec } = stored as { spec?: { ports?: { nodePort?: number }[]; healthCheckNodePort?: number } };
    // Ports drawn by chance are the one thing that a Service may say as it likes.
    if (spec?.ports?.some(({ nodePort }) => nodePort) || spec?.healthCheckNodePort) return;
    const truth = encoded(constant(stored as unknown as KubeObject));
    const printed = printProtobuf(truth, protobuf);
    for (let at = 0; at < truth.length; at++) {
      const lie = Buffer.from(truth);
      lie[at] = (lie[at] as number) ^ (1 << (at % 8));
      assert.notEqual(printProtobuf(lie, protobuf), printed, `byte ${at} of ${truth.toString("hex")}`);
    }
  });
}

const map = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", labels: { x: "1", y: "2" } },
  data: { k: "v" },
};

/** Field by field, so that a lie can be put between them. */
const field = (number: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const [one, two] = [field(1, "one"), field(2, "two")];
const enveloped = (...fields: readonly Buffer[]): Buffer =>
  encodeEnvelope({ apiVersion: "v1", kind: "Thing" }, Buffer.concat([field(1, field(1, "name")), ...fields]));

for (const { name, truth, lie } of [
  { name: "a field that is missing", truth: enveloped(one, two), lie: enveloped(one) },
  { name: "a field more", truth: enveloped(one), lie: enveloped(one, two) },
  { name: "a field twice", truth: enveloped(one), lie: enveloped(one, one) },
  { name: "fields in another order", truth: enveloped(two, one), lie: enveloped(one, two) },
  { name: "an empty text that is written", truth: enveloped(one), lie: enveloped(one, field(3, "")) },
  { name: "a zero that is written", truth: enveloped(one), lie: enveloped(one, Buffer.from([0x18, 0])) },
  {
    name: "a number in more bytes than it needs",
    truth: enveloped(Buffer.from([0x18, 1])),
    lie: enveloped(Buffer.from([0x18, 0x81, 0])),
  },
  { name: "bytes behind the end", truth: enveloped(one), lie: Buffer.concat([enveloped(one), Buffer.from([0x08, 1])]) },
  { name: "no content type in the envelope", truth: enveloped(one), lie: enveloped(one).subarray(0, -2) },
  { name: "no envelope", truth: enveloped(one), lie: enveloped(one).subarray(4) },
  { name: "half of it", truth: enveloped(one, two), lie: enveloped(one, two).subarray(0, 20) },
]) {
  test(`protobuf: ${name}`, () => assert.notEqual(printProtobuf(lie, protobuf), printProtobuf(truth, protobuf)));
}

function frame(type: string, object: Buffer): Buffer {
  const event = Buffer.concat([field(1, type), field(2, field(1, object))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

const [added, deleted] = [frame("ADDED", enveloped(one)), frame("DELETED", enveloped(one))];
const watched = Buffer.concat([added, deleted]);

for (const { name, lie } of [
  { name: "an event that is missing", lie: added },
  { name: "events in another order", lie: Buffer.concat([deleted, added]) },
  { name: "another type of event", lie: Buffer.concat([added, added]) },
  { name: "a frame that is cut off", lie: watched.subarray(0, -1) },
  { name: "no frames", lie: added.subarray(4) },
]) {
  const type = `${protobuf};stream=watch`;
  test(`watch in protobuf: ${name}`, () => assert.notEqual(printProtobuf(lie, type), printProtobuf(watched, type)));
}

const reply = (body: string | Buffer, headers: Record<string, string> = {}, code = 200): Reply => ({
  code,
  headers: { "content-type": "application/json", ...headers },
  body: Buffer.from(body as string),
});

/** A server that has one answer to everything. */
const server = (name: LiveServer["name"], answer: Reply | Error): LiveServer => ({
  name,
  url: "",
  pid: 0,
  readyMs: 0,
  ask: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
  async [Symbol.asyncDispose]() {},
});

const pairOf = (truth: Reply | Error, other: Reply | Error): LivePair => ({
  upstream: server("upstream", truth),
  ours: server("ours", other),
  directory: "",
  async [Symbol.asyncDispose]() {},
});

async function isFoundOut(truth: Reply | Error, lie: Reply | Error): Promise<boolean> {
  const scenario = { name: "lies: one", steps: [{ method: "GET", path: "/api/v1/configmaps/a" }] };
  const [result] = await runScenario(pairOf(truth, lie), scenario);
  return result !== undefined && !result.same && whyDifferent(result) === undefined;
}

const json = JSON.stringify(map);
const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

for (const { name, truth = reply(json), lie } of [
  { name: "another code", lie: reply(json, {}, 201) },
  { name: "another type of content", lie: reply(json, { "content-type": "text/plain" }) },
  { name: "a warning more", lie: reply(json, { warning: '299 - "x"' }) },
  { name: "compressed", lie: reply(gzipSync(json), { "content-encoding": "gzip" }) },
  { name: "a value", lie: reply(json.replace('"v"', '"w"')) },
  { name: "a number for a text", lie: reply(json.replace('"v"', "1")) },
  { name: "a member less", lie: reply(json.replace(',"y":"2"', "")) },
  { name: "a member more", lie: reply(json.replace('"y":"2"', '"y":"2","z":""')) },
  { name: "null for nothing", lie: reply(json.replace('"data"', '"status":null,"data"')) },
  { name: "no uid", truth: reply('{"metadata":{"uid":"u"}}'), lie: reply('{"metadata":{}}') },
  {
    name: "an empty version",
    truth: reply('{"metadata":{"resourceVersion":"1"}}'),
    lie: reply('{"metadata":{"resourceVersion":""}}'),
  },
  { name: "another order of a list", truth: reply('{"items":[1,2]}'), lie: reply('{"items":[2,1]}') },
  { name: "an event less", truth: reply('{"type":"ADDED"}\n{"type":"DELETED"}\n'), lie: reply('{"type":"ADDED"}\n') },
  { name: "no JSON", lie: reply(json.slice(1)) },
  { name: "nothing", lie: reply("") },
  { name: "no answer", lie: new Error("socket hang up") },
  {
    name: "a value in YAML",
    truth: reply(yaml, { "content-type": "application/yaml" }),
    lie: reply(yaml.replace("name: a", "name: b"), { "content-type": "application/yaml" }),
  },
  {
    name: "a text for a number in YAML",
    truth: reply("a: 1\n", { "content-type": "application/yaml" }),
    lie: reply('a: "1"\n', { "content-type": "application/yaml" }),
  },
  {
    name: "a value in protobuf",
    truth: reply(encoded(map), { "content-type": protobuf }),
    lie: reply(encoded({ ...map, data: { k: "w" } }), { "content-type": protobuf }),
  },
]) {
  test(`an answer: ${name}`, async () => assert.equal(await isFoundOut(truth, lie), true));
}

test("what varies from server to server is no lie", async () => {
  const [truth, other] = [
    ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "7", "2026-11-21T01:02:03Z"],
    ["6ba7b811-9dad-11d1-80b4-00c04fd430c8", "8", "2026-11-21T04:05:06Z"],
  ].map(([uid, resourceVersion, creationTimestamp]) =>
    reply(JSON.stringify({ metadata: { name: "a", uid, resourceVersion, creationTimestamp } })),
  );
  assert.equal(await isFoundOut(truth as Reply, other as Reply), false);
});

test("a reason explains only the lines that it is about", async () => {
  const version = (gitVersion: string, major: string): Reply => reply(JSON.stringify({ gitVersion, major }));
  const ask = async (other: Reply) => {
    const steps = [{ method: "GET", path: "/version", note: "accept: */*" }];
    const [result] = await runScenario(pairOf(version("v1.35.4", "1"), other), { name: "forms: of /version", steps });
    assert.ok(result);
    return whyDifferent(result);
  };
  assert.equal(await ask(version("v1.35.4+kubets", "1")), "the version");
  assert.equal(await ask(version("v1.35.4+kubets", "2")), undefined);
});
