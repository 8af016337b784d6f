import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "../object.ts";
import { appliedKindOf } from "./kind.ts";
import { leaf, structField, structShape } from "./shape.ts";
import { type TrackOptions, trackUpdate } from "./track.ts";

const kind = appliedKindOf("core/v1.ConfigMap");
const base = { apiVersion: "v1", subresource: "", kind, manager: "m", now: new Date("2026-02-03T04:05:06.789Z") };
const time = "2026-02-03T04:05:06Z";

const configMap = (data: Record<string, string> | undefined, metadata: object = {}): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", ...metadata },
    ...(data ? { data } : {}),
  }) as KubeObject;

const track = (options: Partial<TrackOptions> & Pick<TrackOptions, "next">) => trackUpdate({ ...base, ...options });
const entry = (manager: string, fieldsV1: object, rest: object = {}) => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time,
  fieldsType: "FieldsV1",
  fieldsV1,
  ...rest,
});
const owned = (fields: object, manager = "first") => ({ managedFields: [entry(manager, fields)] });

test("a creation owns what it sets, and nothing of the object's identity", () => {
  const next = configMap({ x: "1" }, { namespace: "n", uid: "u", labels: { l: "1" }, resourceVersion: "7" });
  assert.deepEqual(track({ next }), [
    entry("m", { "f:data": { ".": {}, "f:x": {} }, "f:metadata": { "f:labels": { ".": {}, "f:l": {} } } }),
  ]);
});

test("an object with nothing to own has no entries", () => {
  assert.equal(track({ next: configMap(undefined) }), undefined);
});

test("a change moves a field to whoever made it", () => {
  const live = configMap({ x: "1", y: "1" }, owned({ "f:data": { ".": {}, "f:x": {}, "f:y": {} } }));
  const entries = track({ live, next: configMap({ x: "2", y: "1" }) });
  assert.deepEqual(entries, [
    entry("first", { "f:data": { ".": {}, "f:y": {} } }),
    entry("m", { "f:data": { "f:x": {} } }),
  ]);
});

test("who only removes owns nothing, and nobody owns what is gone", () => {
  const live = configMap({ x: "1", y: "1" }, owned({ "f:data": { ".": {}, "f:x": {}, "f:y": {} } }));
  assert.deepEqual(track({ live, next: configMap({ y: "1" }) }), [
    entry("first", { "f:data": { ".": {}, "f:y": {} } }),
  ]);
});

test("a write of what is there changes no entry, its time neither", () => {
  const live = configMap(
    { x: "1" },
    { managedFields: [entry("m", { "f:data": { "f:x": {} } }, { time: "2020-01-01T00:00:00Z" })] },
  );
  assert.deepEqual(track({ live, next: configMap({ x: "1" }) }), live.metadata.managedFields);
});

test("an object that nobody tracks stays so", () => {
  assert.equal(track({ live: configMap({ x: "1" }), next: configMap({ x: "2" }) }), undefined);
});

test("one manager has an entry for each subresource", () => {
  const live = configMap({ x: "1" }, owned({ "f:data": { "f:x": {} } }, "m"));
  const entries = track({ live, next: configMap({ x: "1", y: "1" }), subresource: "status" });
  assert.deepEqual(entries, [
    entry("m", { "f:data": { "f:x": {} } }),
    entry("m", { "f:data": { "f:y": {} } }, { subresource: "status" }),
  ]);
});

describe("managedFields that a client sends", () => {
  const live = configMap({ x: "1" }, owned({ "f:data": { "f:x": {} } }));
  const mine = entry("mine", { "f:data": { "f:x": {} } });
  const kept = live.metadata.managedFields;
  const rows = [
    { name: "none: the live ones stay", sent: undefined, want: kept },
    { name: "an empty list resets", sent: [], want: undefined },
    { name: "one empty entry resets", sent: [{}], want: undefined },
    { name: "others take their place", sent: [mine], want: [mine] },
    { name: "an unknown operation: the live ones stay", sent: [{ ...mine, operation: "What" }], want: kept },
    { name: "an unknown form: the live ones stay", sent: [mine, { ...mine, fieldsType: "FieldsV9" }], want: kept },
    { name: "no version: the live ones stay", sent: [{ ...mine, apiVersion: "" }], want: kept },
    { name: "fields that are no object: the live ones stay", sent: [{ ...mine, fieldsV1: [] }], want: kept },
    { name: "through a subresource they are not asked", sent: [mine], want: kept, subresource: "status" },
  ];
  for (const { name, sent, want, subresource = "" } of rows) {
    test(name, () => {
      const next = configMap({ x: "1" }, sent === undefined ? {} : { managedFields: sent });
      assert.deepEqual(track({ live, next, subresource }), want);
    });
  }
});

describe("a pod", () => {
  const pod = (spec: object): KubeObject =>
    ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec }) as unknown as KubeObject;
  const podKind = appliedKindOf("core/v1.Pod");

  test("lists with keys are owned by key, with the key's default; atomic lists as one", () => {
    const ports = [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }];
    const next = pod({ containers: [{ name: "c", command: ["a", "b"], ports }] });
    assert.deepEqual(track({ next, kind: podKind })?.[0]?.fieldsV1, {
      "f:spec": {
        "f:containers": {
          'k:{"name":"c"}': {
            ".": {},
            "f:command": {},
            "f:name": {},
            "f:ports": {
              ".": {},
              'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} },
              'k:{"containerPort":80,"protocol":"UDP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} },
            },
          },
        },
      },
    });
  });

  test("another order of items with keys changes nothing", () => {
    const [a, b] = [{ name: "a" }, { name: "b" }];
    const live = pod({ containers: [a, b] });
    live.metadata.managedFields = [
      entry("first", { "f:spec": { "f:containers": { 'k:{"name":"a"}': { ".": {} } } } }),
    ] as never;
    assert.deepEqual(track({ live, next: pod({ containers: [b, a] }), kind: podKind }), live.metadata.managedFields);
  });
});

describe("managers in other versions", () => {
  const shape = (name: string) => structShape(() => [structField(name, leaf)]);
  /** `old` in v1 is `next` in v2. */
  const rename = (object: Readonly<KubeObject>): KubeObject => {
    const { current, ...rest } = object as KubeObject & { current?: unknown };
    return { ...rest, ...(current === undefined ? {} : { former: current }) } as KubeObject;
  };
  const thing = (current: string, managedFields?: object[]): KubeObject =>
    ({ metadata: { name: "t", ...(managedFields ? { managedFields } : {}) }, current }) as unknown as KubeObject;
  const live = thing("1", [
    entry("old", { "f:former": {} }),
    entry("gone", { "f:current": {} }, { apiVersion: "v0" }),
    entry("new", { "f:current": {} }, { apiVersion: "v2" }),
  ]);
  const options = {
    live,
    apiVersion: "v2",
    kind: { shape: shape("current"), empty: {} },
    versionOf: (version: string) =>
      version === "v1" ? { kind: { shape: shape("former"), empty: {} }, convert: rename } : undefined,
  };

  test("lose what changed there too, and who speaks a version that nobody serves is gone", () => {
    const entries = track({ ...options, next: thing("2") });
    assert.deepEqual(entries, [entry("m", { "f:current": {} }, { apiVersion: "v2" })]);
  });

  test("stay while nothing changes", () => {
    assert.deepEqual(track({ ...options, next: thing("1") }), live.metadata.managedFields);
  });
});

describe("a Scale's owners are those of its replicas", () => {
  const deployment = (replicas: number, metadata: object = {}): KubeObject =>
    ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a", ...metadata },
      spec: { replicas },
    }) as KubeObject;
  const scale = {
    apiVersion: "apps/v1",
    kind: appliedKindOf("apps/v1.Deployment"),
    subresource: "scale",
    replicas: ["f:spec", "f:replicas"],
  };
  const replicas = { "f:spec": { "f:replicas": {} } };
  const paused = { "f:spec": { "f:paused": {} } };
  const first = (fields: object) => entry("first", fields, { apiVersion: "apps/v1" });
  const { time: _, ...mine } = entry("m", replicas, { apiVersion: "apps/v1", subresource: "scale" });
  const rows: [string, object, number, object[] | undefined][] = [
    ["who changes them has them", replicas, 3, [mine]],
    ["nobody has what nobody had", paused, 3, [first(paused)]],
    ["nobody has none", replicas, 0, undefined],
  ];
  for (const [name, before, count, after] of rows) {
    test(name, () => {
      const live = deployment(1, { managedFields: [first(before)] });
      assert.deepEqual(track({ ...scale, live, next: deployment(count) }), after);
    });
  }
});
