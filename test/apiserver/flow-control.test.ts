/** Priority and fairness as clients see it: levels, queues, refusals, and what the objects say. */
import assert from "node:assert/strict";
import https from "node:https";
import { after, before, test } from "node:test";
import type { FlowSchema, LimitResponse, PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { ask, type RawAnswer } from "#test/support/raw.ts";

/** So few that one share is one seat. */
const flags = { "max-requests-inflight": "40", "max-mutating-requests-inflight": "20" };

let server: TestApiServer;
before(async () => {
  server = await startTestApiServer({ flags });
  const subjects = ["queued", "refused", "slow", "watching"].map((name) => ({ kind: "User", name }));
  await server.client.clusterrolebindings.create({
    metadata: { name: "test-users" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: subjects.map((subject) => ({ ...subject, apiGroup: "rbac.authorization.k8s.io" })),
  });
});
after(() => server?.[Symbol.asyncDispose]());

const autoUpdate = "apf.kubernetes.io/autoupdate-spec";

const within = { withinMs: 5_000, everyMs: 20 };

const as = (user: string) => ({ "impersonate-user": user, "impersonate-group": "system:authenticated" });

/** One seat, which nobody lends it more of. */
function createLevel(name: string, limitResponse: LimitResponse): Promise<PriorityLevelConfiguration> {
  return server.client.prioritylevelconfigurations.create({
    metadata: { name },
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse } },
  });
}

const reject: LimitResponse = { type: "Reject" };
const queue: LimitResponse = { type: "Queue", queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } };

/** Takes all requests of the user of the same name. */
function createSchema(name: string, level: string, annotations: Record<string, string> = {}): Promise<FlowSchema> {
  const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] };
  return server.client.flowschemas.create({
    metadata: { name, annotations },
    spec: {
      matchingPrecedence: 500,
      priorityLevelConfiguration: { name: level },
      distinguisherMethod: { type: "ByUser" },
      rules: [
        {
          subjects: [{ kind: "User", user: { name } }],
          resourceRules: [all],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        },
      ],
    },
  });
}

async function conditionOf(name: string) {
  const { status } = await server.client.flowschemas.get({ name });
  return status?.conditions?.find(({ type }) => type === "Dangling");
}

const untilDangling = (name: string, status: string) =>
  eventually(async () => assert.equal((await conditionOf(name))?.status, status), within);

async function serveUser(user: string, limitResponse: LimitResponse): Promise<{ level: string; schema: string }> {
  const level = await createLevel(user, limitResponse);
  const schema = await createSchema(user, user);
  await untilDangling(user, "False");
  return { level: level.metadata.uid ?? "", schema: schema.metadata.uid ?? "" };
}

const uidsOf = ({ headers }: RawAnswer) => ({
  level: headers["x-kubernetes-pf-prioritylevel-uid"],
  schema: headers["x-kubernetes-pf-flowschema-uid"],
});

async function uidsOfBootstrap(level: string, schema: string) {
  const { client } = server;
  const [found, taken] = await Promise.all([
    client.prioritylevelconfigurations.get({ name: level }),
    client.flowschemas.get({ name: schema }),
  ]);
  return { level: found.metadata.uid, schema: taken.metadata.uid };
}

/** The value of one series of a metric of priority and fairness. */
async function metric(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const { text } = await ask(server, "/metrics");
  const lines = text.split("\n").filter((line) => line.startsWith(`apiserver_flowcontrol_${name}{`));
  const found = lines.find((line) =>
    Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)),
  );
  return Number(found?.split(" ").at(-1) ?? 0);
}

const untilMetric = (name: string, level: string, expected: number) =>
  eventually(async () => assert.equal(await metric(name, { priority_level: level }), expected), within);

interface Held {
  readonly answer: Promise<RawAnswer>;
  /** Sends the rest of the body: now it can be answered. */
  finish(): void;
  leave(): void;
}

/** A creation whose body is not all there: it is executed, and takes a seat, for as long as the client likes. */
function hold(user: string, name: string, query = ""): Held {
  const { ca, cert, key } = server.connection("admin");
  const { promise: answer, resolve, reject: fail } = Promise.withResolvers<RawAnswer>();
  const headers = { "content-type": "application/json", ...as(user) };
  const url = `${server.url}/api/v1/namespaces/default/configmaps${query}`;
  const sent = https.request(url, { method: "POST", ca, cert, key, agent: false, headers }, (response) => {
    let text = "";
    response.on("data", (part: Buffer) => {
      text += part;
    });
    response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  });
  sent.on("error", fail);
  answer.catch(() => undefined);
  sent.write('{"apiVersion":"v1","kind":"ConfigMap",');
  return {
    answer,
    finish: () => sent.end(`"metadata":{"name":"${name}"}}`),
    leave: () => sent.destroy(),
  };
}

test("answers say which schema and level took the request", async (t) => {
  const exempt = await uidsOfBootstrap("exempt", "exempt");
  const usual = await uidsOfBootstrap("global-default", "global-default");
  await t.test("of the administrator", async () => {
    assert.deepEqual(uidsOf(await ask(server, "/version")), exempt);
  });
  await t.test("of somebody", async () => {
    assert.deepEqual(uidsOf(await ask(server, "/version", { headers: as("somebody") })), usual);
  });
  await t.test("when it is refused", async () => {
    const answer = await ask(server, "/api/v1/secrets", { headers: as("somebody") });
    assert.deepEqual([answer.status, uidsOf(answer)], [403, usual]);
  });
  await t.test("when there is no such path", async () => {
    const answer = await ask(server, "/nowhere");
    assert.deepEqual([answer.status, uidsOf(answer)], [404, exempt]);
  });
  await t.test("of probes", async () => {
    const probes = await uidsOfBootstrap("exempt", "probes");
    assert.deepEqual(uidsOf(await ask(server, "/readyz", { headers: as("somebody") })), probes);
  });
  await t.test("of a watch", async () => {
    const answer = await ask(server, "/api/v1/pods?watch=true&timeoutSeconds=1");
    assert.deepEqual([answer.status, uidsOf(answer)], [200, exempt]);
  });
  await t.test("not of what stays open", async () => {
    const answer = await ask(server, "/api/v1/namespaces/default/pods/none/log");
    assert.deepEqual([answer.status, uidsOf(answer)], [404, { level: undefined, schema: undefined }]);
  });
  await t.test("not before the client is known", async () => {
    const answer = await ask(server, "/version", {
      headers: { authorization: "Bearer wrong", "impersonate-uid": "x" },
    });
    assert.deepEqual([answer.status, uidsOf(answer)], [400, { level: undefined, schema: undefined }]);
  });
});

test("a schema without its level", async () => {
  await createSchema("dangling", "comes-later");
  await untilDangling("dangling", "True");
  const missing = await conditionOf("dangling");
  const subject = 'This FlowSchema references the PriorityLevelConfiguration object named "comes-later"';
  assert.equal(missing?.reason, "NotFound");
  assert.equal(missing?.message, `${subject} but there is no such object`);
  const usual = await uidsOfBootstrap("global-default", "global-default");
  assert.deepEqual(uidsOf(await ask(server, "/version", { headers: as("dangling") })), usual, "takes no requests");

  const level = await createLevel("comes-later", reject);
  await untilDangling("dangling", "False");
  const found = await conditionOf("dangling");
  assert.deepEqual([found?.reason, found?.message], ["Found", `${subject} and it exists`]);
  const { metadata } = await server.client.flowschemas.get({ name: "dangling" });
  const expected = { level: level.metadata.uid, schema: metadata.uid };
  assert.deepEqual(uidsOf(await ask(server, "/version", { headers: as("dangling") })), expected);
  const owner = metadata.managedFields?.find(({ subresource }) => subresource === "status");
  assert.deepEqual([owner?.manager, owner?.operation], ["api-priority-and-fairness-config-consumer-v1", "Apply"]);
  assert.equal(await metric("nominal_limit_seats", { priority_level: "comes-later" }), 1);

  await server.client.prioritylevelconfigurations.delete({ name: "comes-later" });
  await untilDangling("dangling", "True");
  assert.deepEqual(uidsOf(await ask(server, "/version", { headers: as("dangling") })), usual);
});

test("without a queue the second of two is refused", async () => {
  const uids = await serveUser("refused", reject);
  const held = hold("refused", "first");
  await untilMetric("current_executing_requests", "refused", 1);
  const answer = await ask(server, "/version", { headers: as("refused") });
  assert.equal(answer.status, 429);
  assert.equal(answer.text, "Too many requests, please try again later.\n");
  assert.equal(answer.headers["retry-after"], "1");
  assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
  assert.deepEqual(uidsOf(answer), uids);
  assert.equal((await ask(server, "/version")).status, 200, "others have levels of their own");
  held.finish();
  assert.equal((await held.answer).status, 201);
  assert.equal((await ask(server, "/version", { headers: as("refused") })).status, 200);
  const labels = { priority_level: "refused", flow_schema: "refused" };
  assert.equal(await metric("rejected_requests_total", { ...labels, reason: "concurrency-limit" }), 1);
  assert.equal(await metric("dispatched_requests_total", labels), 2);
});

test("who does not send his body in time has no seat any more", async () => {
  await serveUser("slow", reject);
  const held = hold("slow", "never", "?timeout=500ms");
  await untilMetric("current_executing_requests", "slow", 1);
  assert.equal((await held.answer).status, 504);
  assert.equal((await ask(server, "/version", { headers: as("slow") })).status, 200);
  held.leave();
});

test("in a queue the second waits for the first", async (t) => {
  await serveUser("queued", queue);
  const first = hold("queued", "one");
  await untilMetric("current_executing_requests", "queued", 1);
  const second = hold("queued", "two");
  await untilMetric("current_inqueue_requests", "queued", 1);

  await t.test("a third finds the queue full", async () => {
    assert.equal((await ask(server, "/version", { headers: as("queued") })).status, 429);
    const reason = { priority_level: "queued", reason: "queue-full" };
    assert.equal(await metric("rejected_requests_total", reason), 1);
  });
  await t.test("who leaves frees his place", async () => {
    second.leave();
    await untilMetric("current_inqueue_requests", "queued", 0);
    const reason = { priority_level: "queued", reason: "time-out" };
    assert.equal(await metric("rejected_requests_total", reason), 1);
  });
  await t.test("a quarter of its time is as long as one waits", async () => {
    const from = performance.now();
    const answer = await ask(server, "/version?timeout=2s", { headers: as("queued") });
    const waited = performance.now() - from;
    assert.equal(answer.status, 429);
    assert(waited > 400 && waited < 1900, `it waited ${waited} ms`);
  });
  await t.test("it is seen on the pages for people", async () => {
    const { text } = await ask(server, "/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1");
    const row = text.split("\n").find((line) => line.startsWith("queued,"));
    assert.match(row ?? "", /^queued, +queued, +0, +-1, +queued, .* queued, +create, +\/api\/v1\/namespaces\/default/);
    const levels = await ask(server, "/debug/api_priority_and_fairness/dump_priority_levels");
    assert.match(levels.text, /^queued, +0, +false, +false, +0, +1, /m);
    const queues = await ask(server, "/debug/api_priority_and_fairness/dump_queues");
    assert.match(queues.text, /^queued, +0, +0, +1, +1, /m);
  });
  await t.test("and then it is answered", async () => {
    const third = hold("queued", "three");
    third.finish();
    await untilMetric("current_inqueue_requests", "queued", 1);
    first.finish();
    assert.equal((await first.answer).status, 201);
    assert.equal((await third.answer).status, 201);
    await untilMetric("current_executing_requests", "queued", 0);
    assert.equal(await metric("current_executing_seats", { priority_level: "queued" }), 0);
  });
});

test("a watch takes its seat only until it has begun", async () => {
  await serveUser("watching", reject);
  const stop = new AbortController();
  const watch = ask(server, "/api/v1/configmaps?watch=true", { headers: as("watching"), signal: stop.signal });
  const dispatched = { priority_level: "watching" };
  await eventually(async () => assert.equal(await metric("dispatched_requests_total", dispatched), 1), within);
  await untilMetric("current_executing_seats", "watching", 0);
  assert.equal((await ask(server, "/version", { headers: as("watching") })).status, 200);
  stop.abort();
  await assert.rejects(watch);
});

test("another server puts back what it looks after", async () => {
  const { client } = server;
  const change = async (name: string, auto: string): Promise<void> => {
    const schema = await client.flowschemas.get({ name });
    const annotations = { [autoUpdate]: auto };
    const spec = { ...schema.spec, matchingPrecedence: 7777 } as NonNullable<FlowSchema["spec"]>;
    await client.flowschemas.update({ ...schema, metadata: { ...schema.metadata, annotations }, spec });
  };
  await change("service-accounts", "true");
  await change("system-nodes", "false");
  await client.flowschemas.delete({ name: "probes" });
  await createSchema("from-an-old-version", "global-default", { [autoUpdate]: "true" });
  await using _other = await startTestApiServer({ beside: server, flags });
  const precedenceOf = async (name: string) => (await client.flowschemas.get({ name })).spec?.matchingPrecedence;
  await eventually(async () => {
    assert.equal(await precedenceOf("service-accounts"), 9000);
    assert.equal(await precedenceOf("probes"), 2);
    await assert.rejects(client.flowschemas.get({ name: "from-an-old-version" }), /not found/);
  }, within);
  assert.equal(await precedenceOf("system-nodes"), 7777, "somebody has taken it over");
});

test("without priority and fairness only their number counts", async () => {
  const fewer = { "enable-priority-and-fairness": "false", "max-requests-inflight": "1" };
  await using plain = await startTestApiServer({ beside: server, flags: fewer });
  const answer = await ask(plain, "/version", { headers: as("somebody") });
  assert.deepEqual([answer.status, uidsOf(answer)], [200, { level: undefined, schema: undefined }]);
  const { text } = await ask(plain, "/readyz?verbose");
  assert.doesNotMatch(text, /priority-and-fairness-filter/);
  assert.match((await ask(server, "/readyz?verbose")).text, /\[\+\]poststarthook\/priority-and-fairness-filter ok/);
  const burst = Array.from({ length: 40 }, () =>
    ask(plain, "/api/v1/namespaces/kube-system", { headers: as("refused") }),
  );
  const statuses = (await Promise.all(burst)).map(({ status }) => status);
  assert(statuses.includes(200), String(statuses));
  assert(statuses.includes(429), String(statuses));
});
