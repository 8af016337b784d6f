/** APIs of other servers under this one's address, on real etcd and over real TLS. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import https from "node:https";
import { after, before, test } from "node:test";
import type { APIService } from "#api/types/apiregistration.k8s.io/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { type ExtensionServer, startExtensionServer, widgetGroup } from "#test/support/extension-server.ts";
import { ask as askRaw, type RawAnswer } from "#test/support/raw.ts";
import type { Client } from "./support.ts";

const service = { namespace: "default", name: "widget-api" };
const name = `v1.${widgetGroup}`;
const widgetsPath = `/apis/${widgetGroup}/v1/namespaces/default/widgets`;

let server: TestApiServer;
let client: Client;
let extension: ExtensionServer;

before(async () => {
  server = await startTestApiServer();
  client = server.client;
  const clientCa = await readFile(`${server.directory}/front-proxy-ca.crt`, "utf8");
  extension = await startExtensionServer(clientCa, `${service.name}.${service.namespace}.svc`);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await extension[Symbol.asyncDispose]();
});

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const value = await read();
    if (holds(value)) return value;
    if (attempt === 200) assert.fail(`it never came true: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const conditionOf = (api: APIService) => api.status?.conditions?.find(({ type }) => type === "Available");
const readApi = () => client.apiservices.get({ name });

const ask = (path: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  askRaw(server, path, { headers });

test("what this server serves itself is registered and available", async () => {
  const { items } = await until(
    () => client.apiservices.list({}),
    ({ items: some }) => some.length > 20 && some.every((api) => conditionOf(api)?.status === "True"),
  );
  const apps = items.find(({ metadata }) => metadata.name === "v1.apps");
  assert.equal(apps?.metadata.labels?.["kube-aggregator.kubernetes.io/automanaged"], "onstart");
  const { reason, message } = conditionOf(apps as APIService) ?? {};
  assert.deepEqual([reason, message], ["Local", "Local APIServices are always available"]);
});

test("what extensions should trust is published", async () => {
  const { data = {} } = await client.configmaps.get({
    namespace: "kube-system",
    name: "extension-apiserver-authentication",
  });
  assert.equal(data["client-ca-file"], await readFile(`${server.directory}/ca.crt`, "utf8"));
  assert.equal(data["requestheader-client-ca-file"], await readFile(`${server.directory}/front-proxy-ca.crt`, "utf8"));
  assert.equal(data["requestheader-allowed-names"], '["front-proxy-client"]');
  assert.equal(data["requestheader-username-headers"], '["X-Remote-User"]');
});

test("a definition of a custom resource brings and takes the APIService of its versions", async () => {
  const group = "gadgets.example.com";
  const schema = { openAPIV3Schema: { type: "object" } };
  await client.customresourcedefinitions.create({
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  const find = async () => (await client.apiservices.list({})).items.find((api) => api.metadata.name === `v1.${group}`);
  const made = await until(find, (api) => api !== undefined && conditionOf(api)?.status === "True");
  assert.deepEqual(made?.spec, { group, version: "v1", groupPriorityMinimum: 1000, versionPriority: 100 });
  await client.customresourcedefinitions.delete({ name: `gadgets.${group}` });
  await until(find, (api) => api === undefined);
});

test("without its Service an API is not available, and clients are told", async () => {
  await client.apiservices.create({
    metadata: { name },
    spec: {
      group: widgetGroup,
      version: "v1",
      groupPriorityMinimum: 2000,
      versionPriority: 200,
      caBundle: extension.caBundle,
      service: { ...service, port: extension.port },
    },
  });
  const api = await until(readApi, (one) => conditionOf(one) !== undefined);
  const { status, reason, message } = conditionOf(api) ?? {};
  assert.deepEqual(
    [status, reason, message],
    ["False", "ServiceNotFound", 'service/widget-api in "default" is not present'],
  );
  const answer = await ask(widgetsPath);
  assert.deepEqual([answer.status, answer.text], [503, "service unavailable\n"]);
});

test("an API becomes available when its Service appears, and is then in discovery", async () => {
  await client.services.create({
    metadata: service,
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port: extension.port }] },
  });
  const api = await until(readApi, (one) => conditionOf(one)?.status === "True");
  const { reason, message } = conditionOf(api) ?? {};
  assert.deepEqual([reason, message], ["Passed", "all checks passed"]);
  const groups = JSON.parse((await ask("/apis")).text) as { groups: { name: string }[] };
  const names = groups.groups.map((group) => group.name);
  assert.ok(names.includes(widgetGroup));
  const aggregated = await ask("/apis", {
    accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  });
  const { items } = JSON.parse(aggregated.text) as {
    items: {
      metadata: { name: string };
      versions: { freshness: string; resources: { resource: string; subresources: object[] }[] }[];
    }[];
  };
  const [version] = items.find((item) => item.metadata.name === widgetGroup)?.versions ?? [];
  assert.equal(version?.freshness, "Current");
  assert.deepEqual(
    version?.resources.map(({ resource }) => resource),
    ["widgets"],
  );
  assert.equal(version?.resources[0]?.subresources.length, 1);
  const plain = await ask(`/apis/${widgetGroup}/v1`);
  assert.equal((JSON.parse(plain.text) as { kind: string }).kind, "APIResourceList");
  const { paths } = JSON.parse((await ask("/openapi/v3")).text) as { paths: Record<string, object> };
  assert.ok(paths[`apis/${widgetGroup}/v1`] && paths["api/v1"]);
  assert.match((await ask(`/openapi/v3/apis/${widgetGroup}/v1`)).text, /"Widgets"/);
});

test("requests are passed on in the name of their user, and only as the proxy says", async () => {
  const widget = { apiVersion: `${widgetGroup}/v1`, kind: "Widget", metadata: { name: "a" } };
  await client.request("POST", widgetsPath, widget);
  assert.deepEqual(extension.seen["x-remote-user"], ["kubernetes-admin"]);
  assert.deepEqual(extension.seen["x-remote-group"], ["system:masters", "system:authenticated"]);
  const forged = {
    "x-remote-user": "root",
    "x-remote-extra-a": "b",
    "impersonate-user": "someone",
    "impersonate-group": "system:masters",
  };
  const list = await ask(widgetsPath, forged);
  assert.equal((JSON.parse(list.text) as { items: object[] }).items.length, 1);
  assert.deepEqual(extension.seen["x-remote-user"], ["someone"]);
  assert.equal(extension.seen["x-remote-extra-a"], undefined);
  assert.equal(extension.seen["impersonate-user"], undefined);
  const moved = await ask(`/apis/${widgetGroup}/v1/elsewhere/x`);
  assert.equal(moved.status, 502);
});

test("a deletion brings its options", async () => {
  // Chunked: its length is not told.
  const headers = { "transfer-encoding": "chunked" };
  const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" };
  const answer = await askRaw(server, widgetsPath, { method: "DELETE", headers, body });
  assert.deepEqual((JSON.parse(answer.text) as { options: object }).options, body);
  assert.equal((JSON.parse((await ask(widgetsPath)).text) as { items: object[] }).items.length, 0);
});

test("a watch is passed on as it happens", async () => {
  const { ca, cert, key } = server.connection("admin");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const watching = https.get(`${server.url}${widgetsPath}?watch=true`, { ca, cert, key }, (response) => {
    response.once("data", (part: Buffer) => resolve(part.toString()));
    void client.request("POST", widgetsPath, {
      apiVersion: `${widgetGroup}/v1`,
      kind: "Widget",
      metadata: { name: "w" },
    });
  });
  watching.on("error", reject);
  assert.match(await promise, /^\{"type":"ADDED","object":\{.*"name":"w"/);
  watching.destroy();
});

test("an upgraded connection is passed on, in the name of its user", async () => {
  const { ca, cert, key } = server.connection("admin");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { connection: "Upgrade", upgrade: "echo", "x-remote-user": "root" };
  https
    .get(`${server.url}${widgetsPath}/a/session`, { ca, cert, key, headers })
    .on("upgrade", (response, socket) => {
      assert.equal(response.headers.upgrade, "echo");
      socket.on("data", (part: Buffer) => {
        resolve(part.toString());
        socket.destroy();
      });
      socket.write("hello");
    })
    .on("response", ({ statusCode }) => reject(new Error(`it was answered with ${statusCode}`)))
    .on("error", reject);
  assert.equal(await promise, "hello");
  assert.deepEqual(extension.seen["x-remote-user"], ["kubernetes-admin"]);
});

test("an API that breaks is told so, and one that is deleted is gone", async () => {
  extension.broken = true;
  await client.services.patch(service, { metadata: { labels: { poke: "1" } } }, { type: "merge" });
  const api = await until(readApi, (one) => conditionOf(one)?.status === "False");
  assert.equal(conditionOf(api)?.reason, "FailedDiscoveryCheck");
  assert.match(
    conditionOf(api)?.message ?? "",
    /: bad status from https:\/\/localhost:\d+\/apis\/widgets\.example\.com\/v1: 503$/,
  );
  await client.apiservices.delete({ name });
  await until(
    () => ask(widgetsPath),
    ({ status }) => status === 404,
  );
  await assert.rejects(
    client.request("GET", `/apis/${widgetGroup}/v1`),
    (error: StatusError) => error.reason === "NotFound",
  );
});
