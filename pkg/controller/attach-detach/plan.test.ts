import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolume, Pod } from "#api/types/core/v1";
import { isShared, multiAttachText, type Sources, wantedVolumes } from "./plan.ts";

const pod = (name: string, namespace = "a", more: Partial<Pod> = {}): Pod => ({
  metadata: { name, namespace },
  spec: { containers: [], volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] },
  ...more,
});
const volume = (more: object = {}): PersistentVolume => ({
  metadata: { name: "pv" },
  spec: { csi: { driver: "d", volumeHandle: "h" }, claimRef: { uid: "1" }, ...more },
});
const sources = (pv: PersistentVolume, needsAttach = true): Sources => ({
  claimOf: () => ({ metadata: { uid: "1" }, spec: { volumeName: "pv" }, status: { phase: "Bound" } }),
  volumeOf: () => pv,
  needsAttach: () => needsAttach,
});
const names = (pods: Pod[], from: Sources, annotations: Record<string, string> = {}) =>
  [...wantedVolumes({ metadata: { name: "n", annotations }, spec: {} }, pods, from)].map(
    ([name, wanted]) => `${name} ${wanted.pods.map(({ metadata }) => metadata.name)}`,
  );

test("which volumes a node needs", () => {
  const ended = pod("e", "a", { status: { phase: "Succeeded" } });
  assert.deepEqual(names([pod("p"), pod("q"), ended], sources(volume())), ["kubernetes.io/csi/d^h p,q"]);
  const keeps = { "volumes.kubernetes.io/keep-terminated-pod-volumes": "true" };
  assert.deepEqual(names([ended], sources(volume()), keeps), ["kubernetes.io/csi/d^h e"]);
  assert.deepEqual(names([pod("p")], sources(volume(), false)), [], "its driver needs no attaching");
  assert.deepEqual(names([pod("p")], sources(volume({ claimRef: { uid: "2" } }))), [], "it is another claim's");
  assert.deepEqual(names([pod("p")], sources({ metadata: {}, spec: { hostPath: { path: "/" } } })), []);
});

test("a volume of one node is refused to others in words that name no strangers", () => {
  const texts = [[], [pod("x")], [pod("x"), pod("y")], [pod("x"), pod("s", "b")], [pod("s", "b")]].map((others) =>
    multiAttachText("pv", pod("p"), others).replace('Multi-Attach error for volume "pv" Volume is already ', ""),
  );
  assert.deepEqual(texts, [
    "exclusively attached to one node and can't be attached to another",
    "used by pod(s) x",
    "used by pod(s) x, y",
    "used by pod(s) x and 1 pod(s) in different namespaces",
    "used by 1 pod(s) in different namespaces",
  ]);
  const of = (...accessModes: string[]) => isShared(volume({ accessModes }));
  assert.deepEqual([of("ReadWriteOnce"), of("ReadWriteOnce", "ReadOnlyMany"), of()], [false, true, true]);
});
