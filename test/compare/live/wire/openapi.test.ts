/** A document that lies in one bit prints differently, or not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { documentMessage } from "#pkg/apiserver/openapi/v3-protobuf.ts";
import { printOpenApi } from "./openapi.ts";

const ok = { "200": { content: { "application/json": { schema: { type: "string" } } } } };
const schema = {
  type: "object",
  required: ["a", ""],
  properties: {
    a: { default: 1, maximum: 2.5, minLength: 300, enum: ["x", 1] },
    b: { $ref: "#/components/schemas/A" },
  },
  additionalProperties: false,
  "x-kubernetes-list-map-keys": ["a", "b"],
};
const document = {
  openapi: "3.0.0",
  info: { title: "T", version: "v" },
  paths: {
    "/a": { get: { operationId: "getA", parameters: [{ name: "p", in: "path", required: true }], responses: ok } },
  },
  components: { schemas: { A: schema }, securitySchemes: { B: { type: "apiKey", in: "header" } } },
};

test("one wrong bit in a document of OpenAPI", () => {
  const truth = documentMessage(Buffer.from(JSON.stringify(document)));
  const printed = printOpenApi(truth);
  const print = (bytes: Buffer): string => {
    try {
      return printOpenApi(bytes);
    } catch (error) {
      return `unreadable: ${(error as Error).message}`;
    }
  };
  // A bit may turn a field into a description, which is left out: what it was is missing then.
  for (let bit = 0; bit < truth.length * 8; bit++) {
    const lie = Buffer.from(truth);
    lie[bit >> 3] = (lie[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.notEqual(print(lie), printed, `bit ${bit & 7} of byte ${bit >> 3}`);
  }
});
