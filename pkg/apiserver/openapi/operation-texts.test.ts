/** What operations say they do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operationText } from "./operation-texts.ts";

const of = { method: "get", kind: "Pod", isWatched: true } as const;
for (const { told, is } of [
  { told: { ...of, action: "list" }, is: "list or watch objects of kind Pod" },
  { told: { ...of, action: "list", isWatched: false }, is: "list objects of kind Pod" },
  { told: { ...of, action: "post" }, is: "create a Pod" },
  { told: { ...of, action: "post", kind: "Ingress" }, is: "create an Ingress" },
  { told: { ...of, action: "delete", kind: "Endpoints" }, is: "delete Endpoints" },
  { told: { ...of, action: "get", subresource: "status" }, is: "read status of the specified Pod" },
  { told: { ...of, action: "post", subresource: "eviction" }, is: "create eviction of a Pod" },
  { told: { ...of, action: "patch" }, is: "partially update the specified Pod" },
  { told: { ...of, action: "connect", subresource: "exec" }, is: "connect GET requests to exec of Pod" },
  { told: { ...of, action: "deletecollection" }, is: "delete collection of Pod" },
]) {
  test(is, () => assert.equal(operationText(told), is));
}
