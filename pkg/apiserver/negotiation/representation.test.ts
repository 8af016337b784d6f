import assert from "node:assert/strict";
import { test } from "node:test";
import { negotiate, type Offer } from "./representation.ts";

const partial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const partialList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const offer = (shape: NonNullable<Offer["shape"]>): Offer => ({
  protobuf: true,
  views: true,
  shape,
  goType: () => "*core.Thing",
});

for (const { shape, accept } of [
  { shape: "one", accept: partial },
  { shape: "list", accept: partialList },
  // A watch is of a collection, and each of its events of one object.
  { shape: "stream", accept: partial },
] as const) {
  test(`${shape}: metadata alone`, () => assert.equal(negotiate(accept, offer(shape)).view, "metadata"));
}

for (const { shape, accept, says } of [
  {
    shape: "list",
    accept: partial,
    says: /^you requested PartialObjectMetadata, but the requested object is a list \(\*core\.Thing\)$/,
  },
  {
    shape: "one",
    accept: partialList,
    says: /^you requested PartialObjectMetadataList, but the requested object is not a list/,
  },
  {
    shape: "stream",
    accept: "text/html",
    says: /application\/json;stream=watch, application\/vnd\.kubernetes\.protobuf;stream=watch$/,
  },
] as const) {
  test(`${shape}: ${accept} is refused`, () => assert.throws(() => negotiate(accept, offer(shape)), { message: says }));
}
