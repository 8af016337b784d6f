import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, ensureShape, formOfErrors, negotiate, type Offer } from "./negotiate.ts";

const builtIn: Offer = { routed: true, protobufObjects: true, views: ["table", "metadata"] };
const custom: Offer = { routed: false, protobufObjects: false, views: ["table", "metadata"] };
const stream: Offer = { ...builtIn, listed: true, stream: true };

const table = "as=Table;g=meta.k8s.io;v=v1";
const partial = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const protobuf = "application/vnd.kubernetes.protobuf";

for (const { accept, form, offer = builtIn } of [
  { accept: undefined, form: "json/object" },
  { accept: "*/*", form: "json/object" },
  { accept: "application/json;q=0", form: "json/object" },
  { accept: "application/json;q=0.1,application/yaml;q=0.9", form: "yaml/object" },
  { accept: "application/json;q=word,application/yaml", form: "yaml/object" },
  { accept: "application/json;q=,application/yaml", form: "json/object" },
  { accept: "*/*;q=0.1,application/yaml", form: "yaml/object" },
  { accept: "application/*;q=0.9,application/yaml;q=0.8", form: "yaml/object" },
  { accept: `${protobuf},application/json`, form: "protobuf/object" },
  { accept: `${protobuf},application/json`, form: "json/object", offer: custom },
  { accept: `${protobuf};${table},application/json;${table}`, form: "json/table" },
  { accept: `${protobuf};${partial}`, form: "protobuf/metadata", offer: custom },
  { accept: `application/json;${table.replace("v1", "v1beta1")}`, form: "json/table/v1beta1" },
  { accept: "application/*", form: "json/object", offer: custom },
  { accept: "application/json;as=Else;g=meta.k8s.io;v=v1,application/yaml", form: "yaml/object" },
  { accept: `application/json;${partial}`, form: "json/metadata", offer: stream },
]) {
  test(`accepted: ${accept} is ${form}`, () => assert.equal(negotiate(accept, offer).key, form));
}

const listed = /^only the following media types are accepted: application\/json, application\/yaml, /;
const routed = /^406: Not Acceptable\n\nAvailable representations: application\/json, application\/yaml, /;

for (const { accept, says, offer = builtIn } of [
  { accept: "application/*", says: routed },
  { accept: "APPLICATION/JSON", says: routed },
  { accept: "text/html", says: /application\/json;stream=watch, .*;stream=watch$/, offer: stream },
  { accept: "application/yaml", says: /accepted: application\/json;stream=watch, /, offer: stream },
  { accept: "application/yaml,application/json", says: /accepted: application\/json;stream=watch, /, offer: stream },
  { accept: "text/html", says: listed, offer: custom },
  { accept: protobuf, says: listed, offer: custom },
  { accept: `${protobuf};${table}`, says: listed },
  { accept: "application/json;as=Table", says: listed },
  { accept: 'application/json;as="Table";g="meta.k8s.io";v="v1"', says: listed },
  { accept: "application/json;stream=else", says: listed },
  { accept: "application/json;as=constructor;g=meta.k8s.io;v=v1", says: listed },
]) {
  test(`refused: ${accept}`, () => assert.throws(() => negotiate(accept, offer), { code: 406, message: says }));
}

test("metadata of one object is no list, and the other way round", () => {
  const one = ask(`application/json;${partial}`, builtIn);
  const list = ask(`application/json;${partial.replace("Metadata", "MetadataList")}`, builtIn);
  ensureShape(one, false, () => "*core.Thing");
  ensureShape(list, true, () => "*core.ThingList");
  assert.throws(() => ensureShape(one, true, () => "*core.ThingList"), {
    message: "you requested PartialObjectMetadata, but the requested object is a list (*core.ThingList)",
  });
  assert.throws(() => ensureShape(list, false, () => "*core.Thing"), {
    message: "you requested PartialObjectMetadataList, but the requested object is not a list (*core.Thing)",
  });
});

for (const { accept, format } of [
  { accept: "application/yaml", format: "yaml" },
  { accept: `${protobuf};${partial}`, format: undefined },
  { accept: `${protobuf};${partial},application/yaml`, format: "yaml" },
  { accept: "text/html", format: undefined },
]) {
  test(`errors for ${accept}`, () => assert.equal(formOfErrors(accept)?.format, format));
}
