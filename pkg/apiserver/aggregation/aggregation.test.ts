import assert from "node:assert/strict";
import { test } from "node:test";
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { APIService } from "#api/types/apiregistration.k8s.io/v1";
import { readAggregated, readPlain } from "./discovered.ts";
import { isIdentity, userHeaders } from "./identity.ts";
import { Registrations } from "./registration.ts";
import { mergeTrust } from "./trust.ts";

const definition = (group: string, ...versions: [string, boolean][]): CustomResourceDefinition =>
  ({
    metadata: { name: `x.${group}` },
    spec: { group, versions: versions.map(([name, served]) => ({ name, served, storage: false })) },
  }) as unknown as CustomResourceDefinition;
const api = (labels: Record<string, string>, spec: object): APIService =>
  ({ metadata: { uid: "u", labels }, spec }) as unknown as APIService;
const managed = { "kube-aggregator.kubernetes.io/automanaged": "true" };
const spec = { group: "a.b", version: "v1", groupPriorityMinimum: 1000, versionPriority: 100 };

const rows = [
  { name: "wanted and missing", wanted: true, present: undefined, step: { kind: "create", spec } },
  { name: "not wanted and missing", wanted: false, present: undefined, step: { kind: "none" } },
  { name: "as it should be", wanted: true, present: api(managed, spec), step: { kind: "none" } },
  {
    name: "changed",
    wanted: true,
    present: api(managed, { ...spec, versionPriority: 1 }),
    step: { kind: "update", spec },
  },
  { name: "no longer wanted", wanted: false, present: api(managed, spec), step: { kind: "remove", uid: "u" } },
  { name: "somebody else's", wanted: true, present: api({}, { ...spec, versionPriority: 1 }), step: { kind: "none" } },
];
for (const { name, wanted, present, step } of rows) {
  test(`registration: ${name}`, () => {
    const registrations = new Registrations();
    if (wanted) registrations.set("x.a.b", definition("a.b", ["v1", true]));
    assert.deepEqual(registrations.plan("v1.a.b", present), step);
  });
}

test("an APIService is wanted as long as any definition serves its version", () => {
  const registrations = new Registrations();
  assert.deepEqual(registrations.set("one", definition("a.b", ["v1", true], ["v2", false])), ["v1.a.b"]);
  registrations.set("two", definition("a.b", ["v1", true]));
  registrations.set("one", undefined);
  assert.equal(registrations.plan("v1.a.b", undefined).kind, "create");
  assert.deepEqual(registrations.set("two", definition("a.b", ["v2", true])), ["v1.a.b", "v2.a.b"]);
  assert.equal(registrations.plan("v1.a.b", undefined).kind, "none");
});

test("a user in headers", () => {
  const user = { name: "a", uid: "1", groups: ["g", "h"], extra: { "Scopes/a b": ["x", "y"] } };
  assert.deepEqual(userHeaders(user), [
    ["X-Remote-User", ["a"]],
    ["X-Remote-Uid", ["1"]],
    ["X-Remote-Group", ["g", "h"]],
    ["X-Remote-Extra-Scopes%2Fa%20b", ["x", "y"]],
  ]);
  assert.deepEqual(["authorization", "x-remote-user", "impersonate-group", "accept"].map(isIdentity), [
    true,
    true,
    true,
    false,
  ]);
});

const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
test("trust grows by what this server adds", () => {
  const present = { "client-ca-file": pem("A"), "requestheader-allowed-names": '["x"]', other: "kept" };
  const own = { "client-ca-file": `${pem("B")}\n`, "requestheader-allowed-names": '["y","x"]', more: "new" };
  assert.deepEqual(mergeTrust(present, own), {
    "client-ca-file": `${pem("A")}\n${pem("B")}\n`,
    "requestheader-allowed-names": '["x","y"]',
    other: "kept",
    more: "new",
  });
  assert.deepEqual(mergeTrust(present, { "client-ca-file": pem("A") }), present);
});

const of = { group: "a.b", version: "v1" };
test("both forms of discovery tell the same", () => {
  const status = { group: "a.b", version: "v1", kind: "Widget" };
  const aggregated = {
    items: [
      {
        metadata: { name: "a.b" },
        versions: [
          {
            version: "v1",
            resources: [
              {
                resource: "widgets",
                responseKind: status,
                scope: "Namespaced",
                singularResource: "widget",
                verbs: ["get"],
                shortNames: ["w"],
                subresources: [{ subresource: "status", responseKind: { kind: "Widget" }, verbs: ["update"] }],
              },
            ],
          },
        ],
      },
    ],
  };
  const plain = {
    resources: [
      { name: "widgets", singularName: "widget", namespaced: true, kind: "Widget", verbs: ["get"], shortNames: ["w"] },
      { name: "widgets/status", singularName: "", namespaced: true, kind: "Widget", verbs: ["update"] },
    ],
  };
  const read = readAggregated(aggregated, of);
  assert.deepEqual(read, readPlain(plain, of));
  assert.deepEqual(read?.[0]?.subresources, [{ name: "status", ...status, verbs: ["update"] }]);
  assert.equal(readAggregated(aggregated, { ...of, version: "v2" }), undefined);
  for (const odd of [null, 1, { items: 3 }, { resources: [null] }]) assert.equal(readAggregated(odd, of), undefined);
});
