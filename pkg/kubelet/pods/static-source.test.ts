import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import { planMirrors } from "./mirrors.ts";
import { parseStaticPod } from "./static-source.ts";

const text = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: main, image: "kubets.dev/busybox:1"}]}
`;
const read = (body: string, path = "/etc/web.yaml"): Pod =>
  parseStaticPod({
    text: body,
    path,
    nodeName: "Node-1",
    setDefaults({ spec }) {
      spec.restartPolicy ??= "Always";
    },
  });

test("a manifest becomes a pod of this node", () => {
  const { metadata, spec } = read(text);
  assert.equal(metadata.name, "web-node-1");
  assert.equal(metadata.namespace, "default");
  assert.match(metadata.uid ?? "", /^[0-9a-f]{32}$/);
  assert.equal(metadata.annotations?.["kubernetes.io/config.source"], "file");
  assert.equal(metadata.annotations?.["kubernetes.io/config.hash"], metadata.uid);
  assert.equal(spec.nodeName, "Node-1");
  assert.equal(spec.restartPolicy, "Always");
  assert.deepEqual(spec.tolerations, [{ operator: "Exists", effect: "NoExecute" }]);
});

test("the uid follows the content and the file", () => {
  assert.equal(read(text).metadata.uid, read(`# a comment\n${text}`).metadata.uid);
  assert.notEqual(read(text).metadata.uid, read(text.replace(":1", ":2")).metadata.uid);
  assert.notEqual(read(text).metadata.uid, read(text, "/etc/other.yaml").metadata.uid);
});

for (const { name, body } of [
  { name: "half a file", body: "apiVersion: v1\nkind: Pod\nmetadata: {na" },
  { name: "another kind", body: text.replace("Pod", "Service") },
  { name: "no name", body: text.replace("name: web, ", "") },
  { name: "nothing", body: "" },
]) {
  test(`refused: ${name}`, () => assert.throws(() => read(body)));
}

const pod = read(text);
const mirrorOf = (annotation: string | undefined, deletionTimestamp?: string): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    uid: "api-uid",
    annotations: annotation === undefined ? {} : { "kubernetes.io/config.mirror": annotation },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  },
});

for (const { name, statics, inApi, creates, removes } of [
  { name: "none yet", statics: [pod], inApi: [], creates: 1, removes: 0 },
  { name: "as it should be", statics: [pod], inApi: [mirrorOf(pod.metadata.uid)], creates: 0, removes: 0 },
  { name: "of an older manifest", statics: [pod], inApi: [mirrorOf("old")], creates: 0, removes: 1 },
  {
    name: "deleted",
    statics: [pod],
    inApi: [mirrorOf(pod.metadata.uid, "2026-01-01T00:00:00Z")],
    creates: 0,
    removes: 1,
  },
  { name: "of nothing", statics: [], inApi: [mirrorOf(pod.metadata.uid)], creates: 0, removes: 1 },
  { name: "another pod has the name", statics: [pod], inApi: [mirrorOf(undefined)], creates: 0, removes: 0 },
]) {
  test(`mirror: ${name}`, () => {
    const plan = planMirrors(statics, inApi);
    assert.deepEqual([plan.create.length, plan.remove.length], [creates, removes]);
  });
}
