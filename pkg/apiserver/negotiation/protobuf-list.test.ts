import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { decodeEnvelope, decodeMessage, encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
import { Reader } from "#pkg/apimachinery/protobuf/reader.ts";
import { itemBytesOf, type ProtobufList, protobufListPieces } from "./protobuf-list.ts";

/** Config maps of very different sizes, so that lengths take one to three bytes. */
function listOf(count: number): ProtobufList {
  const message = (at: number): Buffer =>
    encodeMessage({ metadata: { name: `c${at}` }, data: { text: "x".repeat(10 ** (at % 6)) } }, "core/v1.ConfigMap");
  const identity = { apiVersion: "v1", kind: "ConfigMapList" };
  return { identity, metadata: { resourceVersion: "7" }, count, message, bytesOf: (at) => message(at).length };
}

/** Names of the items, read as any reader of protobuf does: field after field by their lengths. */
function namesIn(raw: Buffer, itemNumber: number): unknown[] {
  const reader = new Reader(raw);
  const names: unknown[] = [];
  while (reader.more) {
    const number = reader.tag("ConfigMapList") >>> 3;
    const message = reader.bytes();
    if (number === itemNumber) names.push((decodeMessage(message, "core/v1.ConfigMap") as KubeObject).metadata.name);
    else assert.deepEqual(decodeMessage(message, "meta/v1.ListMeta"), { resourceVersion: "7" });
  }
  return names;
}

for (const count of [0, 1, 6, 60]) {
  test(`a list of ${count} is a message that says its length`, async () => {
    const list = listOf(count);
    const bytes = await itemBytesOf(list, new AbortController().signal);
    const { apiVersion, kind, raw } = decodeEnvelope(Buffer.concat([...protobufListPieces(list, bytes ?? -1)]));
    assert.deepEqual({ apiVersion, kind }, list.identity);
    assert.deepEqual(
      namesIn(raw, 2),
      Array.from({ length: count }, (_, at) => `c${at}`),
    );
  });
}

test("the older list of metadata has its items first", async () => {
  const identity = { apiVersion: "meta.k8s.io/v1beta1", kind: "PartialObjectMetadataList" };
  const list = { ...listOf(3), identity };
  const bytes = await itemBytesOf(list, new AbortController().signal);
  const { raw } = decodeEnvelope(Buffer.concat([...protobufListPieces(list, bytes ?? -1)]));
  assert.deepEqual(namesIn(raw, 1), ["c0", "c1", "c2"]);
});

test("nobody waits: nothing is measured to the end", async () => {
  const left = AbortSignal.abort();
  let asked = 0;
  const list = { ...listOf(1_000_000), bytesOf: () => ++asked };
  assert.equal(await itemBytesOf(list, left), undefined);
  assert.ok(asked < 1_000_000);
});
