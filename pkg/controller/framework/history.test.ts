import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodTemplateSpec } from "#api/types/core/v1";
import { dataOf, templateOf } from "./history.ts";

const template: PodTemplateSpec = {
  spec: { restartPolicy: "Always", containers: [{ name: "a", image: "i", command: ["b", "a"] }] },
  metadata: { labels: { b: "2", a: "1" } },
};
const owner = { metadata: { name: "d" }, spec: { template } };

test("a revision keeps the template in the order in which Go writes maps", () => {
  assert.equal(
    JSON.stringify(dataOf(owner)),
    '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"1","b":"2"}},"spec":{"containers":[{"command":["b","a"],"image":"i","name":"a"}],"restartPolicy":"Always"}}}}',
  );
});

test("the template comes back out of it", () => {
  assert.deepEqual(templateOf({ metadata: {}, revision: 1, data: dataOf(owner) }), template);
});
