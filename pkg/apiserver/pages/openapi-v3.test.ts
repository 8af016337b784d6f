import assert from "node:assert/strict";
import { test } from "node:test";
import { formOfDocument } from "./openapi-v3.ts";

const protobuf = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";

for (const { accept, is } of [
  { accept: undefined, is: "json" },
  { accept: "*/*", is: "json" },
  { accept: "application/*", is: "json" },
  { accept: protobuf, is: "protobuf" },
  { accept: protobuf.replace("@", "."), is: "protobuf" },
  { accept: `${protobuf},application/json`, is: "protobuf" },
  { accept: `application/json,${protobuf}`, is: "json" },
  { accept: `${protobuf};q=0.5,application/json`, is: "json" },
  { accept: `*/*,${protobuf}`, is: "protobuf" },
  { accept: `text/html,${protobuf}`, is: "protobuf" },
  { accept: protobuf.replace("v3", "v2"), is: undefined },
  { accept: "text/html", is: undefined },
]) {
  test(`a document for ${accept} is ${is}`, () => assert.equal(formOfDocument(accept), is));
}
