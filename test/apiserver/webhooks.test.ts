/** Webhooks of admission, asked by a real API server on real etcd: what they see, and what becomes of their answers. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { ConfigMap } from "#api/types/core/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { ask } from "#test/support/raw.ts";
import { type Question, startWebhookServer, type WebhookServer } from "#test/support/webhook-server.ts";
import type { Client } from "./support.ts";

let server: TestApiServer;
let client: Client;
let hooks: WebhookServer;

before(async () => {
  [server, hooks] = await Promise.all([startTestApiServer(), startWebhookServer()]);
  client = server.client;
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await hooks[Symbol.asyncDispose]();
});

const kinds = ["mutating", "validating"] as const;
type Kind = (typeof kinds)[number];
const made: [Kind, string][] = [];

afterEach(async () => {
  for (const [kind, name] of made.splice(0)) await configurations(kind).delete({ name });
  hooks.forget();
});

const configurations = (kind: Kind) =>
  kind === "mutating" ? client.mutatingwebhookconfigurations : client.validatingwebhookconfigurations;

interface HookSpec {
  readonly path: string;
  readonly rule?: object;
  readonly [more: string]: unknown;
}

/** Resolves when requests are sent to it. */
async function configure(kind: Kind, name: string, ...specs: HookSpec[]): Promise<void> {
  const webhooks = specs.map(({ path, rule, ...more }) => ({
    name: `${path.slice(1)}.example.com`,
    clientConfig: { url: `${hooks.url}${path}`, caBundle: hooks.caBundle },
    rules: [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], ...rule }],
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    ...more,
  }));
  await configurations(kind).create({ metadata: { name }, webhooks } as never);
  made.push([kind, name]);
  // Requests see a configuration a moment after it was made.
  await new Promise((resolve) => setTimeout(resolve, 100));
}

let count = 0;
const map = (data: Record<string, string> = {}, labels: Record<string, string> = {}): ConfigMap => ({
  metadata: { name: `map-${++count}`, namespace: "default", labels },
  data,
});
const at = ({ metadata: { name = "" } }: ConfigMap) => ({ namespace: "default", name });
const refused = (code: number, text: RegExp) => (error: unknown) => {
  const { code: is, message } = error as StatusError;
  assert.match(message, text);
  assert.equal(is, code, message);
  return true;
};
const patch = (...operations: object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

test("a refusal is told in the webhook's name, with its code and its reason", async () => {
  hooks.answer("/no", () => ({ allowed: false, status: { message: "not here", reason: "TooFancy", code: 402 } }));
  await configure("validating", "refusing", { path: "/no" });
  await assert.rejects(
    client.configmaps.create(map()),
    refused(402, /^admission webhook "no\.example\.com" denied the request: not here$/),
  );
  hooks.answer("/no", () => ({ allowed: false }));
  await assert.rejects(
    client.configmaps.create(map()),
    refused(400, /^admission webhook "no\.example\.com" denied the request without explanation$/),
  );
});

test("what a webhook is asked on create, update and delete", async () => {
  hooks.answer("/yes", () => ({ allowed: true }));
  await configure("validating", "seeing", { path: "/yes" });
  const wanted = map({ a: "1" });
  const first = await client.configmaps.create(wanted);
  await client.configmaps.update({ ...first, data: { a: "2" } });
  await client.configmaps.delete(at(wanted));
  const [create, update, ...removals] = hooks.questions("/yes");
  // As upstream's, the server may first ask about a state that the cache held a moment too long, and then once more.
  const remove = removals.at(-1);
  assert.ok(create && update && remove);
  assert.equal(remove.operation, "DELETE");
  assert.equal(create.operation, "CREATE");
  assert.deepEqual(create.kind, { group: "", version: "v1", kind: "ConfigMap" });
  assert.deepEqual(create.requestResource, { group: "", version: "v1", resource: "configmaps" });
  assert.deepEqual([create.namespace, create.name], ["default", wanted.metadata.name]);
  assert.equal(create.oldObject, null);
  assert.equal(create.object?.apiVersion, "v1");
  assert.equal(create.object?.kind, "ConfigMap");
  assert.equal(create.userInfo.username, "kubernetes-admin");
  assert.deepEqual(create.options, { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" });
  assert.equal(create.dryRun, false);
  assert.deepEqual(dataOf(update), [{ a: "2" }, { a: "1" }]);
  assert.equal(remove.object, null);
  assert.deepEqual(dataOf(remove), [undefined, { a: "2" }]);
  assert.equal(remove.options?.["kind"], "DeleteOptions");
});

const dataOf = ({ object, oldObject }: Question) => [object, oldObject].map((one) => (one as ConfigMap | null)?.data);

test("patches change what is stored, one webhook after the other, and the server's own fields stay", async () => {
  hooks.answer("/one", () =>
    patch({ op: "add", path: "/data/one", value: "1" }, { op: "add", path: "/metadata/uid", value: "x" }),
  );
  hooks.answer("/two", ({ object }) =>
    patch({ op: "add", path: "/data/two", value: (object as ConfigMap).data?.["one"] ?? "unseen" }),
  );
  await configure("mutating", "b", { path: "/two" });
  await configure("mutating", "a", { path: "/one" });
  const stored = await client.configmaps.create(map({ zero: "0" }));
  assert.deepEqual(stored.data, { zero: "0", one: "1", two: "1" });
  assert.match(stored.metadata.uid ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(hooks.questions("/one")[0]?.object?.metadata.uid, undefined);
});

test("who asked for it is asked again when a later webhook changed the object", async () => {
  hooks.answer("/first", ({ object }) =>
    (object as ConfigMap).data?.["late"] ? patch({ op: "add", path: "/data/seen", value: "yes" }) : { allowed: true },
  );
  hooks.answer("/second", () => patch({ op: "add", path: "/data/late", value: "1" }));
  await configure(
    "mutating",
    "again",
    { path: "/first", reinvocationPolicy: "IfNeeded" },
    { path: "/second", reinvocationPolicy: "Never" },
  );
  const stored = await client.configmaps.create(map({ a: "1" }));
  assert.deepEqual(stored.data, { a: "1", late: "1", seen: "yes" });
  assert.equal(hooks.questions("/first").length, 2);
  assert.equal(hooks.questions("/second").length, 1);
});

test("a webhook that fails: closed, open, too slow", async () => {
  const away = { url: "https://127.0.0.1:9/x", caBundle: hooks.caBundle };
  await configure("validating", "failing", { path: "/away", clientConfig: away });
  await assert.rejects(
    client.configmaps.create(map()),
    refused(
      500,
      /^Internal error occurred: failed calling webhook "away\.example\.com": failed to call webhook: Post "https:\/\/127\.0\.0\.1:9\/x\?timeout=10s": dial tcp 127\.0\.0\.1:9: connect: connection refused$/,
    ),
  );
  await configurations("validating").patch(
    { name: "failing" },
    [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }],
    { type: "json" },
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  await client.configmaps.create(map());
  hooks.answer("/slow", () => new Promise(() => undefined));
  await configure("mutating", "slow", { path: "/slow", timeoutSeconds: 1 });
  await assert.rejects(
    client.configmaps.create(map()),
    refused(500, /\/slow\?timeout=1s": context deadline exceeded$/),
  );
});

const answers = [
  {
    name: "another uid",
    answer: { uid: "other", allowed: true },
    error: /received invalid webhook response: expected response\.uid="[^"]+", got "other"$/,
  },
  {
    name: "a patch of a validating webhook",
    answer: { allowed: true, patch: "W10=" },
    error: /validating webhook may not return response\.patch$/,
  },
];
for (const { name, answer, error } of answers) {
  test(`an answer that is none: ${name}`, async () => {
    hooks.answer("/odd", () => answer);
    await configure("validating", "odd", { path: "/odd" });
    await assert.rejects(client.configmaps.create(map()), refused(500, error));
  });
}

test("who is asked: selectors, scopes, conditions", async () => {
  hooks.answer("/picky", () => ({ allowed: false }));
  const deny = (more: object) => configure("validating", `picky-${++count}`, { path: "/picky", ...more });
  const isRefused = async (
    data: Record<string, string> = {},
    labels: Record<string, string> = {},
  ): Promise<boolean> => {
    const one = map(data, labels);
    const allowed = await client.configmaps.create(one).then(
      () => true,
      () => false,
    );
    for (const [kind, name] of made.splice(0)) await configurations(kind).delete({ name });
    await new Promise((resolve) => setTimeout(resolve, 100));
    return !allowed;
  };
  await deny({ objectSelector: { matchLabels: { strict: "yes" } } });
  assert.equal(await isRefused(), false);
  await deny({ objectSelector: { matchLabels: { strict: "yes" } } });
  assert.equal(await isRefused({}, { strict: "yes" }), true);
  await deny({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } });
  assert.equal(await isRefused(), true);
  await deny({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "other" } } });
  assert.equal(await isRefused(), false);
  await deny({ rule: { scope: "Cluster" } });
  assert.equal(await isRefused(), false);
  await deny({ rule: { operations: ["UPDATE"] } });
  assert.equal(await isRefused(), false);
  await deny({ matchConditions: [{ name: "big", expression: "object.data['size'] == 'big'" }] });
  assert.equal(await isRefused({ size: "small" }), false);
  await deny({ matchConditions: [{ name: "big", expression: "object.data['size'] == 'big'" }] });
  assert.equal(await isRefused({ size: "big" }), true);
  await deny({ sideEffects: "NoneOnDryRun" });
  await assert.rejects(client.configmaps.create(map(), { dryRun: true }), refused(400, /denied the request/));
  assert.equal(hooks.questions("/picky").at(-1)?.dryRun, true);
});

test("configurations themselves are nobody's business, and a rule for one version means the others", async () => {
  hooks.answer("/all", () => ({ allowed: false }));
  const everything = { apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] };
  await configure("validating", "all", { path: "/all", rule: everything });
  await configurations("validating").patch({ name: "all" }, { metadata: { labels: { a: "b" } } }, { type: "merge" });
  await assert.rejects(client.configmaps.create(map()), refused(400, /denied the request/));
  await configurations("validating").delete({ name: "all" });
  made.splice(0);
  hooks.answer("/v2", () => ({ allowed: true }));
  const rule = { apiGroups: ["autoscaling"], apiVersions: ["v2"], resources: ["horizontalpodautoscalers"] };
  await configure("validating", "v2", { path: "/v2", rule });
  await client.request("POST", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h" },
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
  });
  const [question] = hooks.questions("/v2");
  assert.equal(question?.object?.apiVersion, "autoscaling/v2");
  assert.equal(question?.requestKind.version, "v1");
});

test("scaling is a Scale to webhooks, connecting shows its options", async () => {
  const rule = { apiGroups: ["*"], apiVersions: ["*"], resources: ["deployments/scale", "pods/attach", "pods/exec"] };
  hooks.answer("/sub", ({ operation, object }) =>
    operation === "CONNECT"
      ? { allowed: false, status: { message: `no ${object?.kind}` } }
      : patch({ op: "replace", path: "/spec/replicas", value: 2 }),
  );
  await configure("mutating", "sub", { path: "/sub", rule });
  const labels = { app: "d" };
  await client.deployments.create({
    metadata: { name: "d", namespace: "default" },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "x" }] } },
    },
  });
  const path = "/apis/apps/v1/namespaces/default/deployments/d";
  await client.request("PUT", `${path}/scale`, {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "d", namespace: "default" },
    spec: { replicas: 1 },
  });
  const [question] = hooks.questions("/sub");
  assert.deepEqual(question?.kind, { group: "autoscaling", version: "v1", kind: "Scale" });
  assert.equal(question?.subResource, "scale");
  const { spec } = await client.deployments.get({ namespace: "default", name: "d" });
  assert.equal(spec.replicas, 2);
  await assert.rejects(
    client.request("POST", "/api/v1/namespaces/default/pods/p/attach?container=c&stdout=true"),
    refused(400, /denied the request: no PodAttachOptions$/),
  );
  const connect = hooks.questions("/sub").at(-1);
  assert.deepEqual(connect?.object, { kind: "PodAttachOptions", apiVersion: "v1", stdout: true, container: "c" });
  assert.equal(connect?.options, null);
});

test("what webhooks did is counted", async () => {
  hooks.answer("/counted", ({ object }) => ({ allowed: (object as ConfigMap).data?.["ok"] === "yes" }));
  await configure("validating", "counted", { path: "/counted" });
  await client.configmaps.create(map({ ok: "yes" }));
  await assert.rejects(client.configmaps.create(map()), refused(400, /denied/));
  const { text } = await ask(server, "/metrics");
  const lines = text.split("\n").filter((line) => line.includes('"counted.example.com"'));
  const has = (line: string): void => assert.ok(lines.includes(line), `${line} is not among\n${lines.join("\n")}`);
  const labels = 'name="counted.example.com",type="validating",operation="CREATE"';
  has(`apiserver_admission_webhook_request_total{${labels},code="200",rejected="false"} 1`);
  has(`apiserver_admission_webhook_request_total{${labels},code="400",rejected="true"} 1`);
  has(`apiserver_admission_webhook_rejection_count{${labels},error_type="no_error",rejection_code="400"} 1`);
  has(`apiserver_admission_webhook_admission_duration_seconds_count{${labels},rejected="false"} 1`);
});

test("nothing is written for a client that is gone", async () => {
  hooks.answer("/never", () => new Promise(() => undefined));
  await configure("mutating", "never", { path: "/never", failurePolicy: "Ignore", timeoutSeconds: 1 });
  const left = map();
  const gone = AbortSignal.timeout(300);
  const body = { apiVersion: "v1", kind: "ConfigMap", ...left };
  const path = "/api/v1/namespaces/default/configmaps";
  await assert.rejects(ask(server, path, { method: "POST", body, signal: gone }));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(hooks.questions("/never").length, 1);
  await assert.rejects(client.configmaps.get(at(left)), refused(404, /not found$/));
  const waited = map();
  await client.configmaps.create(waited);
  assert.ok(await client.configmaps.get(at(waited)));
});

test("a custom resource that is stored in an older version is shown and changed in the version that is asked for", async () => {
  const group = "hooks.example.com";
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema });
  const name = `things.${group}`;
  await client.customresourcedefinitions.create({
    metadata: { name },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [version("v1", true), version("v2", false)],
    },
  } as never);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const path = (at: string): string => `/apis/${group}/${at}/namespaces/default/things`;
  const thing = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "t" }, data: { start: "yes" } };
  await client.request("POST", path("v1"), thing);
  const stored = { spec: { versions: [version("v1", false), version("v2", true)] } };
  await client.customresourcedefinitions.patch({ name }, stored, { type: "merge" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  hooks.answer("/things", () => patch({ op: "add", path: "/data/seen", value: "yes" }));
  const rule = { apiGroups: [group], apiVersions: ["v1"], resources: ["things"] };
  await configure("mutating", "things", { path: "/things", rule });
  const body = [{ op: "add", path: "/dummy", value: "test" }];
  const headers = { "content-type": "application/json-patch+json" };
  const { text } = await ask(server, `${path("v2")}/t`, { method: "PATCH", headers, body });
  const patched = JSON.parse(text) as { apiVersion: string; data: object; dummy: string };
  assert.deepEqual(
    [patched.apiVersion, patched.data, patched.dummy],
    [`${group}/v2`, { start: "yes", seen: "yes" }, "test"],
  );
  const [question] = hooks.questions("/things");
  assert.deepEqual([question?.object?.apiVersion, question?.oldObject?.apiVersion], [`${group}/v1`, `${group}/v1`]);
  assert.equal(question?.requestKind.version, "v2");
});

test("a Namespace is in the namespace that it makes", async () => {
  hooks.answer("/spaces", () => ({ allowed: true }));
  await configure("validating", "spaces", { path: "/spaces", rule: { resources: ["namespaces"] } });
  await client.namespaces.create({ metadata: { name: "made" }, spec: {} });
  const [question] = hooks.questions("/spaces");
  assert.deepEqual([question?.namespace, question?.name], ["made", "made"]);
});

test("each object of a deleted collection is asked about, without a name", async () => {
  hooks.answer("/many", ({ oldObject }) => ({ allowed: oldObject?.metadata.labels?.["many"] !== "kept" }));
  const [one, two, kept] = [map({}, { many: "yes" }), map({}, { many: "yes" }), map({}, { many: "kept" })];
  for (const each of [one, two, kept]) await client.configmaps.create(each);
  await configure("validating", "many", { path: "/many", rule: { operations: ["DELETE"] } });
  const path = "/api/v1/namespaces/default/configmaps?labelSelector=many%3Dyes";
  assert.equal((await ask(server, path, { method: "DELETE" })).status, 200);
  const questions = hooks.questions("/many");
  assert.deepEqual(
    questions.map(({ name }) => name),
    [undefined, undefined],
  );
  assert.deepEqual(
    questions.map(({ oldObject }) => oldObject?.metadata.name).sort(),
    [one.metadata.name, two.metadata.name].sort(),
  );
  await assert.rejects(client.configmaps.delete(at(kept)), refused(400, /denied the request/));
});

test("what the server fills in is neither shown to who may change an object nor changed by them", async () => {
  const made = await client.configmaps.create(map({ a: "1" }));
  hooks.answer("/filled", () => patch({ op: "add", path: "/metadata/uid", value: "mine" }));
  await configure("mutating", "filled", { path: "/filled" });
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: made.metadata.name }, data: { a: "2" } };
  const path = `/api/v1/namespaces/default/configmaps/${made.metadata.name}`;
  const { text } = await ask(server, path, { method: "PUT", body });
  const { metadata, data } = JSON.parse(text) as ConfigMap;
  assert.deepEqual(
    [metadata.uid, metadata.creationTimestamp, data],
    [made.metadata.uid, made.metadata.creationTimestamp, { a: "2" }],
  );
  const [question] = hooks.questions("/filled");
  assert.deepEqual(
    [question?.object?.metadata.uid, question?.object?.metadata.creationTimestamp],
    [undefined, undefined],
  );
  assert.equal(question?.oldObject?.metadata.uid, made.metadata.uid);
});
