/** Where descriptions go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { describeParameters, describeSchema, type Texts } from "./texts.ts";

const texts: Texts = {
  schemas: { "a.Pod": { text: "A pod.", fields: { spec: "What is wanted.", http: "Bare.", toString: "A field." } } },
  parameters: {
    "query/limit": "How many.",
    "query/fieldManager": "Who.",
    "patch query/fieldManager": "Who, always.",
    "query/container": "Which.",
    "PodExecOptions query/container": "In which.",
  },
};

test("a schema gets its description and those of its fields", () => {
  const reference = { allOf: [{ $ref: "#/components/schemas/a.Spec" }], default: {} };
  const bare = { $ref: "#/components/schemas/a.Http" };
  const pod = { type: "object", properties: { spec: reference, http: bare, status: { type: "string" } } };
  assert.deepEqual(describeSchema("a.Pod", pod, texts), {
    description: "A pod.",
    type: "object",
    properties: { spec: { description: "What is wanted.", ...reference }, http: bare, status: { type: "string" } },
  });
});

test("names that every JavaScript object has are no descriptions", () => {
  const pod = { properties: { constructor: { type: "string" }, toString: { type: "string" } } };
  assert.deepEqual(describeSchema("a.Pod", pod, texts)["properties"], {
    constructor: { type: "string" },
    toString: { description: "A field.", type: "string" },
  });
  assert.deepEqual(describeSchema("constructor", pod, texts), pod);
});

const pods = schema.resources.find(({ plural, group }) => plural === "pods" && group === "");
const operations = operationsOf(pods!);
const find = (method: string, id: string): Operation => {
  const found = operations.find((one) => one.method === method && one.id === id);
  return describeParameters(found!, texts);
};

for (const { id, method, parameter, is } of [
  { id: "listCoreV1NamespacedPod", method: "get", parameter: "limit", is: "How many." },
  { id: "replaceCoreV1NamespacedPod", method: "put", parameter: "fieldManager", is: "Who." },
  { id: "patchCoreV1NamespacedPod", method: "patch", parameter: "fieldManager", is: "Who, always." },
  { id: "connectCoreV1GetNamespacedPodExec", method: "get", parameter: "container", is: "In which." },
  { id: "connectCoreV1GetNamespacedPodAttach", method: "get", parameter: "container", is: "Which." },
  { id: "connectCoreV1GetNamespacedPodExec", method: "get", parameter: "name", is: "name of the PodExecOptions" },
  { id: "listCoreV1NamespacedPod", method: "get", parameter: "watch", is: undefined },
]) {
  test(`${parameter} of ${id}`, () => {
    assert.equal(find(method, id).parameters.find(({ name }) => name === parameter)?.description, is);
  });
}
