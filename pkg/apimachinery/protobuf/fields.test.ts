/** Objects with fields set at random, as Go's own types encode and decode them: every field, rather than likely objects. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { TypeName } from "#api/index.ts";
import { normalize, parseJsonText } from "../codec/index.ts";
import { decodeMessage, encodeMessage } from "./index.ts";

interface Sample {
  readonly type: TypeName;
  readonly protobuf: string;
  readonly json: object;
}

const file = join(import.meta.dirname, "../../../test/data/protobuf/fields.json.gz");
const samples = parseJsonText(gunzipSync(readFileSync(file)).toString()).value as Sample[];

function withoutIdentity(object: object): object {
  const { kind: _, apiVersion: __, ...rest } = object as Record<string, unknown>;
  return rest;
}

for (const { type, protobuf, json } of samples) {
  test(`fields of ${type}`, () => {
    const bytes = Buffer.from(protobuf, "base64");
    const decoded = decodeMessage(bytes, type);
    assert.equal(JSON.stringify(decoded), JSON.stringify(withoutIdentity(normalize(json, type))));
    assert.equal(encodeMessage(decoded, type).toString("hex"), bytes.toString("hex"));
  });
}
