/** Pods in namespaces that ask for a level of the Pod Security Standards, as clients see it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { PodSpec } from "#api/types/core/v1";
import { createServiceAccount, startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { ask, type RawAnswer } from "#test/support/raw.ts";

const configuration = `
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    exemptions:
      usernames: [chosen]
      namespaces: [spared]
      runtimeClasses: [walled]
`;

let server: TestApiServer;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubets-pod-security-"));
  const file = join(directory, "admission.yaml");
  await writeFile(file, configuration);
  server = await startTestApiServer({ flags: { "admission-control-config-file": file } });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const prefix = "pod-security.kubernetes.io";
let made = 0;

/** A namespace of its own; the prefix of labels is added. */
async function namespaceWith(labels: Readonly<Record<string, string>>, name = `secure-${++made}`): Promise<string> {
  const named = Object.entries(labels).map(([key, value]) => [`${prefix}/${key}`, value]);
  await server.client.namespaces.create({ metadata: { name, labels: Object.fromEntries(named) }, spec: {} });
  await createServiceAccount(server.client, name);
  return name;
}

const plain: PodSpec = { containers: [{ name: "c", image: "i" }] };
const hosted: PodSpec = { ...plain, hostPID: true };
const restricted: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "c",
      image: "i",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

const pods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
const create = (namespace: string, name: string, spec: PodSpec, headers = {}): Promise<RawAnswer> =>
  ask(server, pods(namespace), { method: "POST", headers, body: { metadata: { name }, spec } });
const patch = (path: string, body: object): Promise<RawAnswer> => {
  const headers = { "content-type": "application/strategic-merge-patch+json" };
  return ask(server, path, { method: "PATCH", headers, body });
};
const relabel = (namespace: string, labels: Readonly<Record<string, string>>): Promise<RawAnswer> => {
  const named = Object.entries(labels).map(([key, value]) => [`${prefix}/${key}`, value]);
  return patch(`/api/v1/namespaces/${namespace}`, { metadata: { labels: Object.fromEntries(named) } });
};

const messageOf = ({ text }: RawAnswer): string => (JSON.parse(text) as { message: string }).message;
const warningsOf = ({ headers }: RawAnswer): string => String(headers["warning"] ?? "");

test("a pod that violates what is enforced is refused", async () => {
  const namespace = await namespaceWith({ enforce: "baseline" });
  const refused = await create(namespace, "p", hosted);
  assert.equal(refused.status, 403);
  assert.equal(
    messageOf(refused),
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)',
  );
  assert.equal(warningsOf(refused), "");
  assert.equal((await create(namespace, "p", plain)).status, 201);
});

test("a version of the past forbids what it forbade", async () => {
  const namespace = await namespaceWith({ enforce: "restricted", "enforce-version": "v1.7" });
  assert.match(
    messageOf(await create(namespace, "p", plain)),
    /violates PodSecurity "restricted:v1.7": runAsNonRoot != true \(pod or container "c" must set securityContext.runAsNonRoot=true\)$/,
  );
});

test("whoever makes pods is warned and not refused", async () => {
  const namespace = await namespaceWith({ enforce: "baseline" });
  const labels = { a: "b" };
  const deployment = {
    metadata: { name: "d" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: hosted } },
  };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const created = await ask(server, path, { method: "POST", body: deployment });
  assert.equal(created.status, 201);
  const warning = `299 - "would violate PodSecurity \\"baseline:latest\\": host namespaces (hostPID=true)"`;
  assert.equal(warningsOf(created), warning);
});

test("labels that mean nothing are refused, unless they were there before", async () => {
  const invalid = await ask(server, "/api/v1/namespaces", {
    method: "POST",
    body: { metadata: { name: "n", labels: { [`${prefix}/enforce`]: "else", [`${prefix}/warn-version`]: "2" } } },
  });
  assert.equal(invalid.status, 422);
  assert.equal(
    messageOf(invalid),
    'Namespace "n" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "else": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "2": must be "latest" or "v1.x"]',
  );
  const namespace = await namespaceWith({});
  const stored = { metadata: { labels: { [`${prefix}/enforce`]: "else" } } };
  assert.equal((await patch(`/api/v1/namespaces/${namespace}/status`, stored)).status, 200);
  assert.equal((await patch(`/api/v1/namespaces/${namespace}`, { metadata: { annotations: { a: "b" } } })).status, 200);
  assert.match(messageOf(await create(namespace, "p", plain)), /violates PodSecurity "restricted:latest": allowPriv/);
});

test("who makes a namespace stricter hears of the pods in it", async () => {
  const namespace = await namespaceWith({});
  for (const name of ["b", "a", "c"]) await create(namespace, name, hosted);
  await create(namespace, "good", restricted);
  const head = `existing pods in namespace \\"${namespace}\\" violate the new PodSecurity enforce level \\"baseline:latest\\"`;
  const dry = await relabel(namespace, { enforce: "baseline" });
  assert.equal(warningsOf(dry), `299 - "${head}", 299 - "a (and 2 other pods): host namespaces"`);
  assert.equal(warningsOf(await relabel(namespace, { enforce: "baseline", audit: "restricted" })), "");
  assert.equal(warningsOf(await relabel(namespace, { enforce: "privileged" })), "");
});

test("a pod that is there may change, but not what runs in it", async () => {
  const namespace = await namespaceWith({});
  await create(namespace, "p", hosted);
  await create(namespace, "good", restricted);
  await relabel(namespace, { enforce: "restricted" });
  const image = { spec: { containers: [{ name: "c", image: "other" }] } };
  assert.equal((await patch(`${pods(namespace)}/p`, { metadata: { labels: { x: "y" } } })).status, 200);
  assert.equal((await patch(`${pods(namespace)}/p/status`, { status: { message: "m" } })).status, 200);
  assert.equal((await patch(`${pods(namespace)}/p`, image)).status, 403);
  assert.equal((await patch(`${pods(namespace)}/good`, image)).status, 200);
  const ephemeral = (security: object) => ({
    spec: { ephemeralContainers: [{ name: "e", image: "i", securityContext: security }] },
  });
  const path = `${pods(namespace)}/good/ephemeralcontainers`;
  const refused = await patch(path, ephemeral({ privileged: true }));
  assert.equal(refused.status, 403);
  assert.match(messageOf(refused), /: privileged \(container "e" must not set securityContext\.privileged=true\), /);
  assert.equal((await patch(path, ephemeral({ ...restricted.containers[0]?.securityContext }))).status, 200);
});

test("the exempt are let in", async () => {
  const spared = await ask(server, "/api/v1/namespaces", {
    method: "POST",
    body: { metadata: { name: "spared", labels: { [`${prefix}/enforce`]: "restricted" } } },
  });
  assert.equal(
    warningsOf(spared),
    '299 - "namespace \\"spared\\" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored"',
  );
  await createServiceAccount(server.client, "spared");
  assert.equal((await create("spared", "p", hosted)).status, 201);
  const namespace = await namespaceWith({ enforce: "restricted" });
  const chosen = { "impersonate-user": "chosen", "impersonate-group": "system:masters" };
  assert.equal((await create(namespace, "by-user", hosted, chosen)).status, 201);
  await server.client.runtimeclasses.create({ metadata: { name: "walled" }, handler: "h" });
  assert.equal((await create(namespace, "by-class", { ...hosted, runtimeClassName: "walled" })).status, 201);
  assert.equal((await create(namespace, "by-nobody", hosted)).status, 403);
});

test("decisions and exemptions are counted", async () => {
  const namespace = await namespaceWith({});
  const count = async (series: string): Promise<number> => {
    const { text } = await ask(server, "/metrics");
    const line = text.split("\n").find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length));
  };
  const labels = 'request_operation="create",resource="pod",subresource=""';
  const passed = `pod_security_evaluations_total{decision="allow",policy_level="privileged",policy_version="latest",mode="enforce",${labels}}`;
  const denied = `pod_security_evaluations_total{decision="deny",policy_level="baseline",policy_version="future",mode="enforce",${labels}}`;
  const exempt = `pod_security_exemptions_total{${labels}}`;
  const before = { passed: await count(passed), exempt: await count(exempt) };
  await create(namespace, "p", plain);
  await create("spared", "q", plain);
  assert.equal(await count(passed), before.passed + 1);
  assert.equal(await count(exempt), before.exempt + 1);
  await relabel(namespace, { enforce: "baseline", "enforce-version": "v1.99" });
  await create(namespace, "r", hosted);
  assert.equal(await count(denied), 1);
});

test("a server does not start with a configuration that it does not understand", async () => {
  const file = join(directory, "wrong.yaml");
  await writeFile(file, configuration.replace("usernames", "users"));
  await assert.rejects(startTestApiServer({ flags: { "admission-control-config-file": file } }), {
    message:
      'failed to apply admission: couldn\'t init admission plugin "PodSecurity": strict decoding error: unknown field "exemptions.users"',
  });
});
