/** Custom resources on real etcd: definitions that come, change and go, what they hold, and who converts it. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "#api/types/apiextensions.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client, ResourceClient } from "#pkg/client/index.ts";
import { issueAuthority, issueLeaf } from "#pkg/pki/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";

interface Thing extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const group = "test.example.com";
const namespace = "default";
const quick = { withinMs: 10_000, everyMs: 20 };

let server: TestApiServer;
let client: Client;

before(async () => {
  server = await startTestApiServer();
  client = server.client;
});
after(() => server[Symbol.asyncDispose]());

type Schema = Record<string, unknown>;

const versionOf = (
  name: string,
  schema: Schema,
  more: Partial<CustomResourceDefinitionVersion> = {},
): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: name === "v1",
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: schema, status: { type: "object", properties: { replicas: { type: "integer" } } } },
    } as never,
  },
  ...more,
});

const definitionOf = (plural: string, versions: CustomResourceDefinitionVersion[]): CustomResourceDefinition =>
  ({
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: "Namespaced", names: { plural, kind: kindOf(plural) }, versions },
  }) as CustomResourceDefinition;

const kindOf = (plural: string): string => `${plural[0]?.toUpperCase()}${plural.slice(1, -1)}`;

const things = (plural: string, version = "v1"): ResourceClient<Thing> =>
  client.resource<Thing>({ group, version, kind: kindOf(plural), plural, namespaced: true });

const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;

/** Resolves when it is served. */
async function define(definition: CustomResourceDefinition): Promise<void> {
  await client.customresourcedefinitions.create(definition);
  const name = definition.metadata?.name as string;
  await eventually(async () => isEstablished(await client.customresourcedefinitions.get({ name })), quick);
}

const thing = (name: string, spec: Record<string, unknown>): Thing => ({ metadata: { name, namespace }, spec });

const refused = (reason: string, text: RegExp) => (error: unknown) => {
  const { reason: is, message } = error as StatusError;
  assert.equal(is, reason, message);
  assert.match(message, text);
  return true;
};

const size: Schema = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1 },
    color: { type: "string", default: "red" },
    replicas: { type: "integer" },
    name: { type: "string", pattern: "(?i)^[A-Z]+$" },
  },
  "x-kubernetes-validations": [{ rule: "!has(self.replicas) || self.replicas <= self.size", message: "too many" }],
};

const subresources = {
  status: {},
  scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
};

test("what is written is pruned, completed and validated", async () => {
  await define(definitionOf("gadgets", [versionOf("v1", size, { subresources })]));
  const gadgets = things("gadgets");
  const made = await gadgets.create(thing("a", { size: 3, color: null, name: "abc", unknown: 1 }));
  assert.deepEqual(made.spec, { size: 3, color: "red", name: "abc" });
  await assert.rejects(gadgets.create(thing("b", { size: 0 })), refused("Invalid", /greater than or equal to 1/));
  await assert.rejects(gadgets.create(thing("b", { size: 1, name: "a1" })), refused("Invalid", /should match/));
  await assert.rejects(
    gadgets.create(thing("b", { size: 1, replicas: 2 })),
    refused("Invalid", /spec: Invalid value: too many/),
  );
  const applied = await gadgets.patch(
    { namespace, name: "a" },
    { apiVersion: `${group}/v1`, kind: "Gadget", spec: { size: 4 } },
    { type: "apply", fieldManager: "test", force: true },
  );
  assert.deepEqual(applied.spec?.["size"], 4);
  assert.deepEqual(applied.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`).sort(), [
    "kubets-test Update",
    "test Apply",
  ]);
});

test("status and scale are written on their own", async () => {
  const gadgets = things("gadgets");
  const before = await gadgets.get({ namespace, name: "a" });
  const told = await gadgets.updateStatus({ ...before, spec: { size: 99 }, status: { replicas: 2 } });
  assert.deepEqual([told.spec?.["size"], told.status], [4, { replicas: 2 }]);
  assert.equal(told.metadata.generation, before.metadata.generation);
  const scale = await gadgets.patch(
    { namespace, name: "a" },
    { spec: { replicas: 3 } },
    { type: "merge", subresource: "scale" },
  );
  assert.deepEqual([scale.kind, scale.spec, scale.status], ["Scale", { replicas: 3 }, { replicas: 2 }]);
  assert.equal((await gadgets.get({ namespace, name: "a" })).spec?.["replicas"], 3);
});

test("what the schema says later holds for what was stored before; what did not change may break it", async () => {
  await define(
    definitionOf("olds", [
      versionOf("v1", { type: "object", properties: { a: { type: "string" }, b: { type: "string" } } }),
    ]),
  );
  const olds = things("olds");
  await olds.create(thing("a", { a: "no number", b: "gone soon" }));
  const name = `olds.${group}`;
  const definition = await client.customresourcedefinitions.get({ name });
  const later = {
    type: "object",
    properties: { a: { type: "string", maxLength: 3 }, c: { type: "string", default: "new" } },
  };
  definition.spec.versions = [versionOf("v1", later)];
  await client.customresourcedefinitions.update(definition);
  const read = await eventually(async () => {
    const one = await olds.get({ namespace, name: "a" });
    return one.spec?.["c"] === "new" && one;
  }, quick);
  assert.deepEqual(read.spec, { a: "no number", c: "new" });
  const labelled = await olds.update({ ...read, metadata: { ...read.metadata, labels: { x: "y" } } });
  assert.deepEqual(labelled.spec, { a: "no number", c: "new" });
  await assert.rejects(
    olds.update({ ...labelled, spec: { ...labelled.spec, a: "no number either" } }),
    refused("Invalid", /spec\.a: Too long/),
  );
});

test("versions see the same objects, each by its own fields", async () => {
  const schema = { type: "object", properties: { color: { type: "string" }, size: { type: "string" } } };
  await define(
    definitionOf("twins", [
      versionOf("v1", schema, { selectableFields: [{ jsonPath: ".spec.color" }] }),
      versionOf("v2", { ...schema, description: "later" }, { selectableFields: [{ jsonPath: ".spec.size" }] }),
    ]),
  );
  await things("twins", "v2").create(thing("a", { color: "red", size: "small" }));
  await things("twins", "v1").create(thing("b", { color: "blue", size: "large" }));
  const names = async (version: string, fieldSelector: string): Promise<(string | undefined)[]> => {
    const { items } = await things("twins", version).list({ namespace, fieldSelector });
    return items.map(({ metadata }) => metadata.name);
  };
  assert.deepEqual(await names("v1", "spec.color=red"), ["a"]);
  assert.deepEqual(await names("v2", "spec.size=large"), ["b"]);
  await assert.rejects(names("v1", "spec.size=large"), refused("BadRequest", /field label not supported: spec\.size/));
  const read = await things("twins", "v2").get({ namespace, name: "b" });
  assert.equal(read.apiVersion, `${group}/v2`);
});

test("writing an object again brings it into the version in which objects are kept now", async () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  await define(definitionOf("movers", [versionOf("v1", schema), versionOf("v2", schema)]));
  const movers = things("movers");
  const made = await movers.create(thing("a", { a: "x" }));
  const same = await movers.update({ ...made });
  assert.equal(same.metadata.resourceVersion, made.metadata.resourceVersion, "nothing changed, nothing is written");
  const name = `movers.${group}`;
  const definition = await client.customresourcedefinitions.get({ name });
  definition.spec.versions = [versionOf("v1", schema, { storage: false }), versionOf("v2", schema, { storage: true })];
  const moved = await client.customresourcedefinitions.update(definition);
  assert.deepEqual(moved.status?.storedVersions, ["v1", "v2"]);
  const again = await eventually(async () => {
    const written = await movers.update({ ...made });
    return written.metadata.resourceVersion !== made.metadata.resourceVersion && written;
  }, quick);
  assert.equal(again.apiVersion, `${group}/v1`);
  const once = await movers.update({ ...again });
  assert.equal(once.metadata.resourceVersion, again.metadata.resourceVersion);
});

test("a definition takes its objects along, in pages, whatever is served; finalizers hold it", async () => {
  const schema = { type: "object", properties: { n: { type: "integer" } } };
  await define(definitionOf("manies", [versionOf("v1", schema)]));
  const manies = client.resource<Thing>({ group, version: "v1", kind: "Manie", plural: "manies", namespaced: true });
  const names = Array.from({ length: 1_200 }, (_, at) => `m-${at}`);
  for (let at = 0; at < names.length; at += 50) {
    await Promise.all(names.slice(at, at + 50).map((name, n) => manies.create(thing(name, { n }))));
  }
  const held = await manies.get({ namespace, name: "m-7" });
  await manies.update({ ...held, metadata: { ...held.metadata, finalizers: ["test.example.com/hold"] } });
  const name = `manies.${group}`;
  const definition = await client.customresourcedefinitions.get({ name });
  // No version is served: the objects are there all the same.
  definition.spec.versions = [versionOf("v1", schema, { served: false }), versionOf("v2", schema)];
  await client.customresourcedefinitions.update(definition);
  await client.customresourcedefinitions.delete({ name });
  const left = things("manies", "v2");
  await eventually(async () => (await left.list({ namespace })).items.length === 1, { withinMs: 30_000, everyMs: 50 });
  await assert.rejects(
    left.create(thing("late", {})),
    refused("MethodNotAllowed", /while custom resource definition is terminating/),
  );
  const one = await left.get({ namespace, name: "m-7" });
  assert.ok(one.metadata.deletionTimestamp);
  const { finalizers: _, ...metadata } = one.metadata;
  await left.update({ ...one, metadata: { ...metadata, finalizers: [] } });
  await eventually(async () => {
    const { items } = await client.customresourcedefinitions.list();
    return !items.some((one_) => one_.metadata?.name === name);
  }, quick);
});

/** Answers ConversionReviews: `spec.size` of v1 is `spec.width` of v2. */
async function startConverter(): Promise<{
  server: Server;
  url: string;
  caBundle: string;
  asked: number[];
  fail: { text: string };
}> {
  const now = new Date();
  const authority = await issueAuthority({ path: "ca", commonName: "converters" }, now);
  const leaf = { path: "hook", authority: "ca", commonName: "hook", organizations: [], usages: ["server"] as const };
  const pair = await issueLeaf({ ...leaf, dnsNames: [], ipAddresses: ["127.0.0.1"] }, authority, now);
  const asked: number[] = [];
  const fail = { text: "" };
  const https = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { request: review, apiVersion } = JSON.parse(Buffer.concat(parts).toString());
      asked.push(review.objects.length);
      const convertedObjects = review.objects.map((object: Thing) => convert(object, review.desiredAPIVersion));
      const result = fail.text === "" ? { status: "Success" } : { status: "Failure", message: fail.text };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          apiVersion,
          kind: "ConversionReview",
          response: { uid: review.uid, result, convertedObjects },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => https.listen(0, "127.0.0.1", resolve));
  const { port } = https.address() as AddressInfo;
  const caBundle = Buffer.from(authority.certificate).toString("base64");
  return { server: https, url: `https://127.0.0.1:${port}/convert`, caBundle, asked, fail };
}

function convert(object: Thing, apiVersion: string): Thing {
  const { size: width, width: size_ } = object.spec ?? {};
  return { ...object, apiVersion, spec: apiVersion.endsWith("v2") ? { width } : { size: size_ } };
}

test("a webhook converts: reads, lists in one question, watches, writes, and its refusals", async () => {
  const { server: https, url, caBundle, asked, fail } = await startConverter();
  const schema = (member: string): Schema => ({
    type: "object",
    required: [member],
    properties: { [member]: { type: "integer", maximum: 9 } },
  });
  const definition = definitionOf("hooks", [
    versionOf("v1", schema("size")),
    versionOf("v2", schema("width"), { selectableFields: [{ jsonPath: ".spec.width" }] }),
  ]);
  definition.spec.conversion = {
    strategy: "Webhook",
    webhook: { clientConfig: { url, caBundle }, conversionReviewVersions: ["v1"] },
  };
  try {
    await define(definition);
    const [old, young] = [things("hooks", "v1"), things("hooks", "v2")];
    const made = await young.create(thing("a", { width: 5 }));
    assert.deepEqual(made.spec, { width: 5 });
    assert.deepEqual((await old.get({ namespace, name: "a" })).spec, { size: 5 });
    await assert.rejects(young.create(thing("b", { width: 10 })), refused("Invalid", /spec\.width/));
    for (const name of ["c", "d", "e"]) await old.create(thing(name, { size: 1 }));
    asked.length = 0;
    const { items } = await young.list({ namespace });
    assert.deepEqual(
      items.map(({ spec }) => spec?.["width"]),
      [5, 1, 1, 1],
    );
    assert.deepEqual(asked, [3], "those that were not shown before, in one question");
    const wide = await young.list({ namespace, fieldSelector: "spec.width=5" });
    assert.deepEqual(
      wide.items.map(({ metadata }) => metadata.name),
      ["a"],
    );
    const page = await young.list({ namespace, fieldSelector: "spec.width=1", limit: 2 });
    assert.equal(page.items.length, 2);
    const rest = await young.list({
      namespace,
      fieldSelector: "spec.width=1",
      limit: 2,
      continue: page.metadata.continue as string,
    });
    assert.equal(rest.items.length, 1);
    const changed = await young.update({ ...made, spec: { width: 6 } });
    assert.equal(changed.spec?.["width"], 6);
    await watchesChange(young, changed, old);
    fail.text = "not today";
    await old.create(thing("f", { size: 2 }));
    await assert.rejects(
      young.get({ namespace, name: "f" }),
      refused("Unknown", /conversion webhook for test\.example\.com\/v1, Kind=Hook failed: not today/),
    );
    assert.deepEqual((await old.get({ namespace, name: "f" })).spec, { size: 2 });
  } finally {
    https.closeAllConnections();
    https.close();
  }
});

/** Whoever watches one version sees what is written in the other. */
async function watchesChange(young: ResourceClient<Thing>, from: Thing, old: ResourceClient<Thing>): Promise<void> {
  const stop = new AbortController();
  const resourceVersion = from.metadata.resourceVersion as string;
  const watching = young.watch({ namespace, resourceVersion, signal: stop.signal });
  const current = await old.get({ namespace, name: "a" });
  await old.update({ ...current, spec: { size: 7 } });
  for await (const { type, object } of watching) {
    assert.deepEqual([type, (object as Thing).spec], ["MODIFIED", { width: 7 }]);
    break;
  }
  stop.abort();
}

test("names belong to who had them first, and are free when it goes", async () => {
  const schema = { type: "object" };
  await define(definitionOf("firsts", [versionOf("v1", schema)]));
  const rival = definitionOf("seconds", [versionOf("v1", schema)]);
  rival.spec.names = { ...rival.spec.names, kind: "First" };
  await client.customresourcedefinitions.create(rival);
  const name = `seconds.${group}`;
  const conditions = async () => (await client.customresourcedefinitions.get({ name })).status?.conditions ?? [];
  const refusal = await eventually(
    async () => (await conditions()).find(({ reason }) => reason === "ListKindConflict") ?? false,
    quick,
  );
  assert.equal(refusal.message, '"FirstList" is already in use');
  await client.customresourcedefinitions.delete({ name: `firsts.${group}` });
  await eventually(async () => isEstablished(await client.customresourcedefinitions.get({ name })), quick);
});

test("two hundred definitions are cheap, and discovery and OpenAPI know them", async (t) => {
  const count = 200;
  const memory = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before_ = memory();
  const plurals = Array.from({ length: count }, (_, at) => `bulk${at}s`);
  await Promise.all(plurals.map((plural) => define(definitionOf(plural, [versionOf("v1", size, { subresources })]))));
  t.diagnostic(`${Math.round((memory() - before_) / count)} bytes of heap per definition`);
  const list = await client.request<{ resources: { name: string }[] }>("GET", `/apis/${group}/v1`);
  const served = new Set(list.resources.map(({ name }) => name));
  assert.ok(plurals.every((plural) => served.has(plural)));
  const { definitions } = await client.request<{ definitions: Record<string, unknown> }>("GET", "/openapi/v2");
  assert.ok(definitions["com.example.test.v1.Bulk7"]);
});
