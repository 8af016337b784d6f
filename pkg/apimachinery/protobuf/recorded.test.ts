/** The reference's own answers: the JSON and the protobuf of the same objects. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { schema } from "#api/index.ts";
import { normalize } from "../codec/index.ts";
import type { KubeObject } from "../object.ts";
import { decodeEnvelope, decodeMessage, encodeEnvelope, encodeMessage, typeOfKind } from "./index.ts";
import { Reader } from "./reader.ts";

interface Recorded {
  readonly name: string;
  readonly json: KubeObject & { readonly items?: readonly KubeObject[] };
  readonly protobuf: string;
}

interface RecordedWatch {
  readonly name: "watch";
  readonly events: readonly { readonly type: string; readonly object: KubeObject }[];
  readonly protobuf: string;
}

const file = join(import.meta.dirname, "../../../test/data/protobuf/recorded.json.gz");
const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as (Recorded | RecordedWatch)[];
const pairs = recorded.filter((entry) => entry.name !== "watch") as Recorded[];

function withoutIdentity(object: KubeObject): object {
  const { apiVersion: _, kind: __, ...rest } = object;
  // Claims in a template get their identity from the server, not from the message.
  const spec = (rest as { spec?: { volumeClaimTemplates?: KubeObject[] } }).spec;
  if (!spec?.volumeClaimTemplates) return rest;
  return {
    ...rest,
    spec: { ...spec, volumeClaimTemplates: spec.volumeClaimTemplates.map((claim) => withoutIdentity(claim)) },
  };
}

/** The fields of a list's message: `{1: metadata, 2: items}`. */
function splitList(raw: Buffer): { metadata: Buffer; items: Buffer[] } {
  const reader = new Reader(raw);
  const fields = new Map<number, Buffer[]>([
    [1, []],
    [2, []],
  ]);
  while (reader.more) fields.get(reader.tag("") >>> 3)?.push(reader.bytes());
  return { metadata: fields.get(1)?.[0] as Buffer, items: fields.get(2) as Buffer[] };
}

function checkMessage(json: KubeObject, raw: Buffer, type: string): void {
  const decoded = decodeMessage(raw, type);
  assert.deepEqual(decoded, withoutIdentity(normalize(json, type)));
  assert.deepEqual(
    decoded,
    withoutIdentity(normalize(decoded, type) as unknown as KubeObject),
    "what is decoded is normal",
  );
  assert.equal(encodeMessage(json, type).toString("hex"), raw.toString("hex"));
  assert.equal(encodeMessage(decoded, type).toString("hex"), raw.toString("hex"));
}

for (const { name, json, protobuf } of pairs) {
  test(`as recorded: ${name}`, () => {
    const bytes = Buffer.from(protobuf, "base64");
    const { apiVersion, kind, raw } = decodeEnvelope(bytes);
    assert.deepEqual({ kind, apiVersion }, { kind: json.kind, apiVersion: json.apiVersion ?? "" });
    assert.equal(encodeEnvelope({ apiVersion, kind }, raw).toString("hex"), bytes.toString("hex"));
    const type = typeOfKind({ apiVersion, kind });
    if (type) return checkMessage(json, raw, type);
    const itemType = typeOfKind({ apiVersion, kind: kind.slice(0, -"List".length) });
    assert.ok(itemType, `no type for ${apiVersion} ${kind}`);
    const { metadata, items } = splitList(raw);
    checkMessage(json.metadata as unknown as KubeObject, metadata, "meta/v1.ListMeta");
    assert.equal(items.length, json.items?.length);
    items.forEach((item, i) => {
      checkMessage(json.items?.[i] as KubeObject, item, itemType);
    });
  });
}

test("recorded kinds: all that are served and stored", () => {
  const seen = new Set(pairs.map(({ json }) => `${json.apiVersion}/${json.kind}`));
  const missing = schema.resources
    .filter((r) => r.verbs.includes("create") && r.verbs.includes("get"))
    .map((r) => `${r.group === "" ? r.version : `${r.group}/${r.version}`}/${r.kind}`)
    .filter((id) => !seen.has(id));
  assert.deepEqual(missing, []);
});

test("a watch as recorded", () => {
  const { events, protobuf } = recorded.find((entry) => entry.name === "watch") as RecordedWatch;
  const stream = Buffer.from(protobuf, "base64");
  const decoded: unknown[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = stream.readUInt32BE(at);
    decoded.push(decodeMessage(stream.subarray(at + 4, at + 4 + length), "meta/v1.WatchEvent"));
    at += 4 + length;
  }
  assert.deepEqual(decoded, events);
});
