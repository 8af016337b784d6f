/** What is remembered of pods must be what looking at them again would find: recorded pods, changed by chance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { pods } from "#pkg/registry/core/pods/strategy.ts";
import { podSpecErrors, validatePodState } from "#pkg/registry/core/pods/validate.ts";
import { podSpecUpdate, validatePodUpdate } from "#pkg/registry/core/pods/validate-update.ts";
import { annotationsUpdate, podAnnotations } from "#pkg/registry/shared/pod-spec/annotations.ts";
import { allPodWarnings, podWarnings } from "#pkg/registry/shared/pod-warnings/index.ts";
import { mutated, mutationsOf } from "./changes.ts";
import { drawer } from "./live/draw.ts";
import { createBases } from "./recorded.ts";

const changesMax = 800;

/** Annotations that rules of the spec ask for, or that there are warnings about. */
const annotations = [
  "kubernetes.io/config.mirror",
  "seccomp.security.alpha.kubernetes.io/pod",
  "container.seccomp.security.alpha.kubernetes.io/main",
  "container.apparmor.security.beta.kubernetes.io/main",
  "scheduler.alpha.kubernetes.io/critical-pod",
  "security.alpha.kubernetes.io/sysctls",
  "example.com/plain",
];

function* changedPods(): Generator<Pod> {
  const draw = drawer(7);
  for (const [name, { stored: object }] of createBases()) {
    if (!name.startsWith("Pod/")) continue;
    const all = [...mutationsOf(object)];
    for (let i = 0; i < Math.min(changesMax, all.length); i++) {
      const changed = mutated(object, all[draw(all.length)] as (typeof all)[number]) as Pod;
      changed.metadata ??= {};
      changed.metadata.name = `p-${i}${i % 10 === 0 ? "x".repeat(250) : ""}`;
      const annotation = annotations[draw(3 * annotations.length)];
      if (annotation) changed.metadata.annotations = { [annotation]: "runtime/default" };
      const pod = decoded(changed);
      if (pod?.spec) yield pod;
    }
  }
}

function decoded(pod: Pod): Pod | undefined {
  try {
    const whole = normalize(pod, "core/v1.Pod");
    if (whole.spec?.containers) pods.applyDefaults?.(whole);
    return whole;
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

/** The same spec in pods that rules tell apart: by a name that makes that of a claim too long, and as a node's own pod. */
function* alike(pod: Pod): Generator<Pod> {
  const { metadata } = pod;
  yield pod;
  yield { ...pod, metadata: { ...metadata, name: "x".repeat(250) } };
  yield { ...pod, metadata: { ...metadata, annotations: { "kubernetes.io/config.mirror": "x" } } };
  yield pod;
}

function ensureSame(pod: Pod): readonly unknown[] {
  const { metadata, spec } = pod;
  const errors = [...podAnnotations("metadata.annotations", metadata.annotations, spec), ...podSpecErrors(pod)];
  assert.deepEqual(validatePodState(pod), errors);
  assert.deepEqual(podWarnings(spec, metadata), allPodWarnings(spec, metadata));
  ensureSameUpdate(pod);
  return errors;
}

/** An update that changes none of the spec. */
function ensureSameUpdate(pod: Pod): void {
  const old = structuredClone(pod);
  const annotations = { ...pod.metadata.annotations };
  const errors = [
    ...annotationsUpdate("metadata.annotations", annotations, annotations),
    ...podAnnotations("metadata.annotations", annotations, pod.spec),
    ...podSpecUpdate(pod, old),
  ];
  assert.deepEqual(validatePodUpdate(pod, old), errors);
}

test("rules and warnings of changed pods", () => {
  let clean = 0;
  let wrong = 0;
  for (const pod of changedPods()) {
    for (const one of alike(pod)) {
      if (ensureSame(one).length === 0) clean += 1;
      else wrong += 1;
    }
  }
  assert.ok(clean > 500 && wrong > 500, `${clean} clean, ${wrong} wrong`);
});

test("rules that look at more than the spec", () => {
  const base = createBases().get("Pod/v1/minimal")?.stored as unknown as Pod;
  const storage = { accessModes: ["ReadWriteOnce" as const], resources: { requests: { storage: "1Gi" } } };
  const scratch = { name: "scratch", ephemeral: { volumeClaimTemplate: { spec: storage } } };
  for (const more of [
    { volumes: [...(base.spec.volumes ?? []), scratch] },
    { resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }] },
  ]) {
    const pod = decoded({ ...base, spec: { ...base.spec, ...more } }) as Pod;
    const counts = [...alike(pod)].map((one) => ensureSame(one).length);
    assert.equal(counts[0], 0, JSON.stringify(ensureSame(pod)));
    assert.ok(counts.some((count) => count > 0));
  }
});
