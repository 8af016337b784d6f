import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "../object.ts";
import { StatusError } from "../status-error.ts";
import { type ApplyOptions, applyServerSide } from "./apply.ts";
import { appliedKindOf } from "./kind.ts";
import { lastAppliedAnnotation } from "./last-applied.ts";
import type { Entry } from "./managers.ts";

type Config = Pick<ApplyOptions, "config"> & Partial<ApplyOptions>;
type Apply = (options: Config) => KubeObject;

/** A day of applies: each a second after the one before. */
function applier(type: string, apiVersion: string): Apply {
  let second = 0;
  const kind = appliedKindOf(type as Parameters<typeof appliedKindOf>[0]);
  return (options) => {
    second += 1;
    const now = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    return applyServerSide({ manager: "one", force: false, apiVersion, subresource: "", now, kind, ...options });
  };
}

const map = (data?: Record<string, string>, metadata: object = {}): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", ...metadata },
    ...(data ? { data } : {}),
  }) as KubeObject;

const dataOf = (object: KubeObject) => (object as KubeObject & { data?: Record<string, string> }).data;
const entriesOf = (object: KubeObject) => (object.metadata.managedFields ?? []) as Entry[];
const ownersOf = (object: KubeObject) =>
  Object.fromEntries(entriesOf(object).map(({ manager = "", fieldsV1 }) => [manager, fieldsV1]));

function refusal(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error));
    return error;
  }
  return assert.fail("it was not refused");
}

describe("config maps", () => {
  const apply = applier("core/v1.ConfigMap", "v1");
  const first = apply({ config: map({ x: "1", y: "1" }) });

  test("the applier owns exactly what it names", () => {
    assert.deepEqual(ownersOf(first), { one: { "f:data": { "f:x": {}, "f:y": {} } } });
    assert.equal(entriesOf(first)[0]?.operation, "Apply");
  });

  test("the same apply again changes nothing", () => {
    assert.deepEqual(apply({ live: first, config: map({ x: "1", y: "1" }) }), first);
  });

  test("two may own the same value", () => {
    const shared = apply({ live: first, config: map({ x: "1" }), manager: "two" });
    assert.deepEqual(ownersOf(shared), {
      one: { "f:data": { "f:x": {}, "f:y": {} } },
      two: { "f:data": { "f:x": {} } },
    });
    const left = apply({ live: shared, config: map({ y: "1" }) });
    assert.deepEqual(dataOf(left), { x: "1", y: "1" }, "the other still wants x");
    assert.deepEqual(dataOf(apply({ live: left, config: map({}), manager: "two" })), { y: "1" });
  });

  test("what is named no more goes, and so does an owner of nothing", () => {
    const less = apply({ live: first, config: map({ y: "1" }) });
    assert.deepEqual(dataOf(less), { y: "1" });
    const none = apply({ live: first, config: map() });
    assert.equal(dataOf(none), undefined);
    assert.equal(none.metadata.managedFields, undefined);
  });

  test("who owns a map that was emptied keeps it, though it is gone", () => {
    const shared = apply({ live: first, config: map({}), manager: "two" });
    const emptied = apply({ live: shared, config: map({}) });
    assert.equal(dataOf(emptied), undefined);
    assert.deepEqual(ownersOf(emptied), { one: { "f:data": {} }, two: { "f:data": {} } });
  });

  test("another value is a conflict", () => {
    const { code, reason, message, details } = refusal(() =>
      apply({ live: first, config: map({ x: "2" }), manager: "two" }),
    );
    assert.equal(code, 409);
    assert.equal(reason, "Conflict");
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "one": .data.x');
    assert.deepEqual(details?.causes, [
      { reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.x" },
    ]);
  });

  test("conflicts are told by manager; who updated is told with the version and subresource", () => {
    const live = map(
      { a: "1", b: "1", c: "1" },
      {
        managedFields: [
          {
            manager: "z",
            operation: "Apply",
            apiVersion: "v1",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
          },
          {
            manager: "k",
            operation: "Update",
            apiVersion: "v1",
            subresource: "status",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:data": { "f:c": {} } },
          },
        ],
      },
    );
    const { message } = refusal(() => apply({ live, config: map({ a: "2", b: "2", c: "2" }) }));
    assert.equal(
      message,
      [
        'Apply failed with 3 conflicts: conflicts with "k" with subresource "status" using v1:',
        "- .data.c",
        'conflicts with "z":',
        "- .data.a",
        "- .data.b",
      ].join("\n"),
    );
  });

  test("force takes over", () => {
    const taken = apply({ live: first, config: map({ x: "2" }), manager: "two", force: true });
    assert.deepEqual(dataOf(taken), { x: "2", y: "1" });
    assert.deepEqual(ownersOf(taken), { one: { "f:data": { "f:y": {} } }, two: { "f:data": { "f:x": {} } } });
  });

  test("fields from before the first apply have an owner", () => {
    const live = map({ x: "1" });
    const { message } = refusal(() => apply({ live, config: map({ x: "2" }) }));
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x');
    const forced = apply({ live, config: map({ x: "2" }), force: true });
    assert.deepEqual(ownersOf(forced), {
      one: { "f:data": { "f:x": {} } },
      "before-first-apply": { "f:data": {} },
    });
  });

  test("what the endpoint puts back had no owner before the first apply either", () => {
    const live = map({ x: "1" }, { labels: { l: "1" } });
    const next = apply({ live, config: map({ y: "1" }), unowned: ["metadata"] });
    assert.deepEqual(ownersOf(next), {
      one: { "f:data": { "f:y": {} } },
      "before-first-apply": { "f:data": { ".": {}, "f:x": {} } },
    });
  });

  test("an applier is the same through versions, an updater is not", () => {
    const managedFields = entriesOf(first).map((entry) => ({ ...entry, apiVersion: "v0" }));
    const live = { ...first, metadata: { ...first.metadata, managedFields } } as KubeObject;
    const again = apply({ live, config: map({ x: "3" }) });
    assert.deepEqual(dataOf(again), { x: "3" });
    assert.deepEqual(
      entriesOf(again).map(({ apiVersion }) => apiVersion),
      ["v1"],
    );
  });

  test("members that the endpoint puts back are not the applier's", () => {
    const next = apply({ config: map({ x: "1" }, { labels: { l: "1" } }), unowned: ["data"] });
    assert.deepEqual(ownersOf(next), { one: { "f:metadata": { "f:labels": { "f:l": {} } } } });
  });

  test("keys of users are only keys", () => {
    const data = JSON.parse('{"__proto__":"1","constructor":"2"}') as Record<string, string>;
    const next = apply({ config: map(data) });
    assert.equal(JSON.stringify(dataOf(next)), '{"__proto__":"1","constructor":"2"}');
    assert.equal(JSON.stringify(ownersOf(next)["one"]), '{"f:data":{"f:__proto__":{},"f:constructor":{}}}');
    const less = apply({ live: next, config: map({ constructor: "2" } as unknown as Record<string, string>) });
    assert.equal(JSON.stringify(dataOf(less)), '{"constructor":"2"}');
  });

  test("a configuration is not changed by applying it", () => {
    const config = map({ x: "5" });
    const before = JSON.stringify(config);
    const next = apply({ live: first, config });
    (dataOf(next) as Record<string, string>)["x"] = "6";
    assert.equal(JSON.stringify(config), before);
  });
});

describe("lists of a pod", () => {
  const apply = applier("core/v1.Pod", "v1");
  const pod = (containers: object[], metadata: object = {}): KubeObject =>
    ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "n", ...metadata },
      spec: { containers },
    }) as unknown as KubeObject;
  const containersOf = (object: KubeObject) =>
    (object as unknown as { spec: { containers: Record<string, unknown>[] } }).spec.containers;

  test("items merge by key", () => {
    const live = apply({ config: pod([{ name: "a", image: "i" }]) });
    const both = apply({
      live,
      config: pod([
        { name: "b", image: "i" },
        { name: "a", tty: true },
      ]),
      manager: "two",
    });
    assert.deepEqual(containersOf(both), [
      { name: "b", image: "i" },
      { name: "a", image: "i", tty: true },
    ]);
    const alone = apply({ live: both, config: pod([{ name: "a", tty: true }]), manager: "two" });
    assert.deepEqual(containersOf(alone), [{ name: "a", image: "i", tty: true }]);
  });

  test("a key's default is the key", () => {
    const live = apply({ config: pod([{ name: "a", ports: [{ containerPort: 80, protocol: "TCP", name: "x" }] }]) });
    const { message } = refusal(() =>
      apply({ live, config: pod([{ name: "a", ports: [{ containerPort: 80, name: "y" }] }]), manager: "two" }),
    );
    assert.match(message, /: \.spec\.containers\[name="a"\]\.ports\[containerPort=80,protocol="TCP"\]\.name$/);
  });

  test("a set has each value once, and loses what nobody wants", () => {
    const live = apply({ config: pod([], { finalizers: ["x/a", "x/b"] }) });
    const both = apply({ live, config: pod([], { finalizers: ["x/b", "x/c"] }), manager: "two" });
    assert.deepEqual(both.metadata.finalizers?.toSorted(), ["x/a", "x/b", "x/c"]);
    assert.deepEqual(apply({ live: both, config: pod([]) }).metadata.finalizers, ["x/b", "x/c"]);
  });

  test("an atomic list is one value", () => {
    const live = apply({ config: pod([{ name: "a", args: ["1"] }]) });
    const { message } = refusal(() => apply({ live, config: pod([{ name: "a", args: ["1", "2"] }]), manager: "two" }));
    assert.match(message, /\.args$/);
  });

  test("items that cannot be told apart are refused", () => {
    const { code, message } = refusal(() => apply({ config: pod([{ name: "a" }, { name: "a" }]) }));
    assert.equal(code, 500);
    assert.match(
      message,
      /^failed to create typed patch object \(n\/p; \/v1, Kind=Pod\): .*duplicate entries for key \[name="a"\]$/,
    );
  });

  test("a field that does not exist is refused", () => {
    const { code, message } = refusal(() => apply({ config: pod([{ name: "a", bogus: 1 }]) }));
    assert.equal(code, 500);
    assert.match(message, /\.spec\.containers\[name="a"\]\.bogus: field not declared in schema$/);
  });
});

describe("what kubectl applied on the client's side", () => {
  const apply = applier("core/v1.ConfigMap", "v1");
  const applied = (data: Record<string, string>) => `${JSON.stringify(map(data))}\n`;
  const live = map(
    { a: "1" },
    {
      annotations: { [lastAppliedAnnotation]: applied({ a: "1" }) },
      managedFields: [
        {
          manager: "kubectl-client-side-apply",
          operation: "Update",
          apiVersion: "v1",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": { "f:a": {} } },
        },
      ],
    },
  );

  test("is kubectl's to change, and the annotation follows", () => {
    const next = apply({ live, config: map({ a: "2" }), manager: "kubectl" });
    assert.deepEqual(dataOf(next), { a: "2" });
    const text = next.metadata.annotations?.[lastAppliedAnnotation] ?? "";
    assert.deepEqual((JSON.parse(text) as { data: object }).data, { a: "2" });
  });

  test("is nobody else's", () => {
    const { message } = refusal(() => apply({ live, config: map({ a: "2" }), manager: "other" }));
    assert.match(message, /conflict with "kubectl-client-side-apply" using v1: \.data\.a$/);
  });

  test("is not kubectl's any more where somebody changed it since", () => {
    const edited = { ...live, data: { a: "3" } } as unknown as KubeObject;
    refusal(() => apply({ live: edited, config: map({ a: "2" }), manager: "kubectl" }));
  });
});
