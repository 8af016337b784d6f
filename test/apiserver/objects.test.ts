/** What clients see of objects: written, read, listed, watched, refused. Real etcd, real TLS. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ConfigMap } from "#api/types/core/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { createServiceAccount, startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { type Client, connect, pkiUser } from "./support.ts";

let server: TestApiServer;
let client: Client;

before(async () => {
  server = await startTestApiServer();
  client = server.client;
  await createServiceAccount(client);
});
after(() => server[Symbol.asyncDispose]());

const namespace = "default";
const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): ConfigMap => ({
  metadata: { name, namespace, labels },
  data,
});
const refused = (reason: string, text?: RegExp) => (error: unknown) => {
  const { reason: is, message } = error as StatusError;
  assert.equal(is, reason, message);
  if (text) assert.match(message, text);
  return true;
};

test("a resourceVersion is held against an object that would be created, and nothing else of it is overlooked", async () => {
  const metadata = { ...map("versioned").metadata, resourceVersion: "5" };
  const text = /^resourceVersion should not be set on objects to be created$/;
  await assert.rejects(client.configmaps.create({ metadata }), (error: unknown) => {
    assert.match((error as StatusError).message, text);
    return true;
  });
  await assert.rejects(client.configmaps.create({ metadata: { ...metadata, name: "Not.A_Name" } }), refused("Invalid"));
  const made = await client.configmaps.create({ metadata: { ...metadata, resourceVersion: "0" } });
  assert.notEqual(made.metadata.resourceVersion, "0");
  await assert.rejects(client.configmaps.create({ metadata }), { message: text });
});

test("health checks are counted where they were asked", async () => {
  assert.equal(await client.request("GET", "/livez"), "ok");
  const text = String(await client.request("GET", "/metrics/slis"));
  assert.match(text, /^kubernetes_healthcheck\{name="ping",type="livez"\} 1$/m);
  assert.match(text, /^kubernetes_healthchecks_total\{name="ping",status="success",type="livez"\} [1-9]\d*$/m);
});

test("create, read, update, delete", async () => {
  const made = await client.configmaps.create(map("a", { k: "1" }));
  assert.ok(made.metadata.uid && made.metadata.resourceVersion && made.metadata.creationTimestamp);
  assert.deepEqual(await client.configmaps.get({ namespace, name: "a" }), made);
  const updated = await client.configmaps.update({ ...made, data: { k: "2" } });
  assert.notEqual(updated.metadata.resourceVersion, made.metadata.resourceVersion);
  await assert.rejects(
    client.configmaps.update({ ...made, data: { k: "3" } }),
    refused("Conflict", /the object has been modified; please apply your changes to the latest version and try again/),
  );
  const same = await client.configmaps.update({ ...updated });
  assert.equal(same.metadata.resourceVersion, updated.metadata.resourceVersion, "nothing changed, nothing is written");
  await client.configmaps.delete({ namespace, name: "a" });
  await assert.rejects(
    client.configmaps.get({ namespace, name: "a" }),
    refused("NotFound", /^configmaps "a" not found$/),
  );
});

test("what is refused, and how", async () => {
  await client.configmaps.create(map("taken"));
  await assert.rejects(
    client.configmaps.create(map("taken")),
    refused("AlreadyExists", /^configmaps "taken" already exists$/),
  );
  await assert.rejects(
    client.configmaps.create(map("Bad_Name")),
    refused("Invalid", /metadata\.name: Invalid value: "Bad_Name"/),
  );
  await assert.rejects(
    client.configmaps.create({ ...map("x"), metadata: { name: "x", namespace: "nowhere" } }),
    refused("NotFound", /namespaces "nowhere" not found/),
  );
  await assert.rejects(
    client.configmaps.create(map("big", { k: "x".repeat(3_500_000) })),
    refused("RequestEntityTooLarge"),
  );
  await assert.rejects(
    client.request("GET", "/api/v1/namespaces/default/configmaps?labelSelector=a%20in"),
    refused("BadRequest"),
  );
  await assert.rejects(
    client.request("GET", "/api/v1/namespaces/default/configmaps/..%2fx"),
    (error: StatusError) => error.code === 400 || error.code === 404,
  );
  await assert.rejects(
    client.request("POST", "/api/v1/namespaces/default/configmaps", {
      kind: "Pod",
      apiVersion: "v1",
      metadata: { name: "p" },
    }),
    refused("BadRequest"),
  );
  await assert.rejects(client.request("GET", "/apis/nothing/v1/things"), refused("NotFound"));
});

test("keys that name parts of JavaScript are ordinary keys", async () => {
  const data = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as Record<string, string>;
  const made = await client.configmaps.create(map("keys", data));
  assert.deepEqual(Object.entries(made.data ?? {}).sort(), Object.entries(data).sort());
});

test("patches of three kinds", async () => {
  await client.configmaps.create(map("patched", { a: "1", b: "2" }));
  const address = { namespace, name: "patched" };
  const merged = await client.configmaps.patch(address, { data: { a: null, c: "3" } }, { type: "merge" });
  assert.deepEqual(merged.data, { b: "2", c: "3" });
  const json = await client.configmaps.patch(address, [{ op: "replace", path: "/data/b", value: "9" }], {
    type: "json",
  });
  assert.deepEqual(json.data, { b: "9", c: "3" });
  const strategic = await client.configmaps.patch(
    address,
    { metadata: { finalizers: ["example.com/a"] } },
    { type: "strategic" },
  );
  assert.deepEqual(strategic.metadata.finalizers, ["example.com/a"]);
  await client.configmaps.delete(address);
  const going = await client.configmaps.get(address);
  assert.ok(going.metadata.deletionTimestamp, "a finalizer keeps it");
  await client.configmaps.patch(address, { metadata: { finalizers: null } }, { type: "merge" });
  await assert.rejects(client.configmaps.get(address), refused("NotFound"));
});

test("lists by page and by selector", async () => {
  for (let i = 0; i < 25; i++)
    await client.configmaps.create(map(`page-${String(i).padStart(2, "0")}`, {}, { set: "pages", odd: String(i % 2) }));
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.configmaps.list({
      namespace,
      labelSelector: "set=pages",
      limit: 10,
      ...(token ? { continue: token } : {}),
    });
    names.push(...page.items.map((item) => item.metadata.name!));
    token = page.metadata.continue || undefined;
  } while (token);
  assert.equal(names.length, 25);
  assert.deepEqual(names, names.toSorted());
  const odd = await client.configmaps.list({ namespace, labelSelector: "set=pages,odd in (1)" });
  assert.equal(odd.items.length, 12);
  const one = await client.configmaps.list({ namespace, fieldSelector: "metadata.name=page-03" });
  assert.deepEqual(
    one.items.map((item) => item.metadata.name),
    ["page-03"],
  );
  await assert.rejects(client.configmaps.list({ namespace, limit: 1, continue: "nonsense" }), refused("BadRequest"));
});

test("a watch tells of every change, in order, and ends its initial events with a bookmark", async () => {
  const stop = new AbortController();
  await client.configmaps.create(map("watched", { n: "0" }, { w: "1" }));
  const seen: string[] = [];
  const change = async () => {
    for (const n of ["1", "2"])
      await client.configmaps.patch({ namespace, name: "watched" }, { data: { n } }, { type: "merge" });
    // Leaving the selector looks like a deletion to this watch.
    await client.configmaps.patch(
      { namespace, name: "watched" },
      { metadata: { labels: { w: "2" } } },
      { type: "merge" },
    );
  };
  const watching = (async () => {
    const parameters = {
      namespace,
      labelSelector: "w=1",
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: "NotOlderThan" as const,
      signal: stop.signal,
    };
    for await (const message of client.configmaps.watch(parameters)) {
      const object = message.object as ConfigMap;
      const ends = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
      seen.push(message.type === "BOOKMARK" ? `BOOKMARK ${ends}` : `${message.type} ${object.data?.["n"]}`);
      if (message.type === "BOOKMARK") void change();
      if (message.type === "DELETED") stop.abort();
    }
  })();
  await watching.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  assert.deepEqual(seen, ["ADDED 0", "BOOKMARK true", "MODIFIED 1", "MODIFIED 2", "DELETED 2"]);
});

test("dry run checks everything and writes nothing", async () => {
  const dry = await client.configmaps.create(map("dry"), { dryRun: true });
  assert.equal(dry.metadata.name, "dry");
  await assert.rejects(client.configmaps.get({ namespace, name: "dry" }), refused("NotFound"));
});

test("a Service gets an address and a node port, and gives them back", async () => {
  const make = (name: string, clusterIP?: string) =>
    client.services.create({
      metadata: { name, namespace },
      spec: { type: "NodePort", selector: { a: "b" }, ports: [{ port: 80 }], ...(clusterIP ? { clusterIP } : {}) },
    });
  const made = await make("one");
  assert.match(made.spec.clusterIP ?? "", /^10\.96\./);
  const nodePort = made.spec.ports?.[0]?.nodePort ?? 0;
  assert.ok(nodePort >= 30_000 && nodePort <= 32_767);
  await assert.rejects(make("two", made.spec.clusterIP), refused("Invalid", /provided IP is already allocated/));
  await client.services.delete({ namespace, name: "one" });
  assert.equal((await make("three", made.spec.clusterIP)).spec.clusterIP, made.spec.clusterIP);
});

test("a user without rights is told which", async () => {
  await using scheduler = connect(server.connection(pkiUser.scheduler));
  await assert.rejects(
    scheduler.secrets.list({ namespace: "kube-system" }),
    refused(
      "Forbidden",
      /secrets is forbidden: User "system:kube-scheduler" cannot list resource "secrets" in API group "" in the namespace "kube-system"/,
    ),
  );
});

test("etcd that dies and comes back loses nothing", async () => {
  await client.configmaps.create(map("before"));
  await server.etcd.crash();
  await assert.rejects(client.configmaps.create(map("during"), { timeoutMs: 2000 }));
  await server.etcd.restart();
  for (let attempt = 0; ; attempt++) {
    try {
      await client.configmaps.create(map("after-crash"));
      break;
    } catch (error) {
      if ((error as StatusError).reason === "AlreadyExists") break;
      if (attempt === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  assert.ok(await client.configmaps.get({ namespace, name: "before" }));
});
