/** Server-side apply: ownership, conflicts, removal, lists, subresources. */
import type { Scenario, Step } from "../scenario.ts";
import { applyPatch, get, mergePatch, send as sendAs } from "../steps.ts";

interface Applying {
  readonly manager: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

const apply = (path: string, object: object, { manager, force, dryRun }: Applying): Step => {
  const query = `fieldManager=${manager}${force ? "&force=true" : ""}${dryRun ? "&dryRun=All" : ""}`;
  return sendAs("PATCH", `${path}?${query}`, object, applyPatch);
};

const send = (method: string, path: string, body: object, manager = "m"): Step =>
  sendAs(method, `${path}?fieldManager=${manager}`, body);
const merge = (path: string, body: object, manager = "m"): Step =>
  sendAs("PATCH", `${path}?fieldManager=${manager}`, body, mergePatch);

const maps = "/api/v1/namespaces/default/configmaps";
const map = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const container = (name: string, rest: object = {}) => ({ name, image: `i/${name}`, ...rest });
const deployment = (name: string, spec: object, containers: object[]) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, labels: { app: name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers } },
    ...spec,
  },
});

const configMaps: Scenario = {
  name: "apply: configmaps",
  steps: [
    apply(`${maps}/a`, map("a", { x: "1", y: "1" }), { manager: "one" }),
    apply(`${maps}/a`, map("a", { x: "1", y: "1" }), { manager: "one" }),
    apply(`${maps}/a`, map("a", { x: "2" }), { manager: "two" }),
    apply(`${maps}/a`, map("a", { x: "2", y: "3", z: "1" }), { manager: "two" }),
    apply(`${maps}/a`, map("a", { x: "2" }), { manager: "two", force: true }),
    apply(`${maps}/a`, map("a", { y: "1" }), { manager: "one" }),
    apply(`${maps}/a`, map("a", {}), { manager: "one" }),
    merge(`${maps}/a`, { data: { x: "9", w: "1" } }),
    apply(`${maps}/a`, map("a", { x: "2" }), { manager: "two" }),
    apply(`${maps}/a`, map("a", { x: "9" }), { manager: "two" }),
    apply(`${maps}/a`, map("a", { x: "9" }, { labels: { l: "1" }, annotations: { n: "1" } }), { manager: "two" }),
    apply(`${maps}/a`, map("a", { x: "8" }), { manager: "two", force: true, dryRun: true }),
    get(`${maps}/a`),
    merge(`${maps}/a`, { metadata: { managedFields: [{}] } }),
    get(`${maps}/a`),
    merge(`${maps}/a`, { data: { x: "7" } }),
    apply(`${maps}/a`, map("a", { x: "6" }), { manager: "two" }),
    apply(`${maps}/a`, map("a", { x: "6" }), { manager: "two", force: true }),
  ],
};

const refusals: Scenario = {
  name: "apply: refusals",
  steps: [
    { ...apply(`${maps}/r`, map("r", {}), { manager: "one" }), path: `${maps}/r` },
    apply(`${maps}/r`, { kind: "ConfigMap", metadata: { name: "r" } }, { manager: "one" }),
    apply(`${maps}/r`, map("other", {}), { manager: "one" }),
    apply(
      `${maps}/r`,
      { ...map("r", {}), metadata: { name: "r", managedFields: [{ manager: "x" }] } },
      { manager: "one" },
    ),
    { ...apply(`${maps}/r`, {}, { manager: "one" }), body: "{" },
    {
      ...apply(`${maps}/r`, {}, { manager: "one" }),
      body: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: r\ndata:\n  a: b\n",
    },
    { ...apply(`${maps}/r`, map("r", {}), { manager: "one" }), headers: { "content-type": "application/unknown" } },
    apply(`${maps}/r`, map("r", { a: "b" }, { resourceVersion: "1" }), { manager: "one" }),
    apply(`${maps}/r`, map("r", { a: "b" }, { uid: "11111111-2222-3333-4444-555555555555" }), { manager: "one" }),
    apply(`${maps}/r`, { ...map("r", { a: "c" }), bogus: 1 }, { manager: "one" }),
  ],
};

const lists: Scenario = {
  name: "apply: lists of a deployment",
  steps: [
    apply(
      `${deployments}/d`,
      deployment("d", { replicas: 2 }, [container("a", { env: [{ name: "E", value: "1" }] })]),
      {
        manager: "one",
      },
    ),
    apply(`${deployments}/d`, deployment("d", {}, [container("b", { ports: [{ containerPort: 80 }] })]), {
      manager: "two",
    }),
    get(`${deployments}/d`),
    apply(`${deployments}/d`, deployment("d", { replicas: 3 }, [container("a", { image: "other" })]), {
      manager: "three",
    }),
    apply(
      `${deployments}/d`,
      deployment("d", { replicas: 3 }, [
        container("a", { image: "other", ports: [{ containerPort: 80, protocol: "UDP" }] }),
      ]),
      { manager: "three", force: true },
    ),
    apply(`${deployments}/d`, deployment("d", {}, [container("a", { env: [{ name: "F", value: "1" }] })]), {
      manager: "one",
    }),
    apply(`${deployments}/d`, deployment("d", {}, []), { manager: "two" }),
    get(`${deployments}/d`),
    apply(`${deployments}/d`, deployment("d", {}, [container("x"), container("x")]), { manager: "two" }),
    send("PATCH", `${deployments}/d/scale`, {}, "scaler"),
    { ...merge(`${deployments}/d/scale`, { spec: { replicas: 5 } }, "scaler") },
    get(`${deployments}/d`),
    apply(`${deployments}/d`, deployment("d", { replicas: 1 }, [container("a")]), { manager: "three" }),
    merge(`${deployments}/d/status`, { status: { replicas: 1 } }, "controller"),
    get(`${deployments}/d`),
    apply(`${deployments}/d/status`, { ...deployment("d", {}, []), status: { replicas: 2 } }, { manager: "four" }),
    apply(
      `${deployments}/d/status`,
      { ...deployment("d", {}, []), status: { replicas: 2 } },
      { manager: "four", force: true },
    ),
  ],
};

const updates: Scenario = {
  name: "apply: ordinary writes own too",
  steps: [
    send("POST", maps, map("u", { a: "1", b: "1" }), "creator"),
    send("PUT", `${maps}/u`, map("u", { a: "2", b: "1" }), "updater"),
    send("PUT", `${maps}/u`, map("u", { b: "1" }), "remover"),
    send("PUT", `${maps}/u`, map("u", { b: "1" }), "nobody"),
    get(`${maps}/u`),
    merge(`${maps}/u`, { metadata: { labels: { l: "1" }, finalizers: ["example.com/f"] } }, "labeler"),
    merge(`${maps}/u`, { metadata: { finalizers: null } }, "labeler"),
    ...Array.from({ length: 12 }, (_, i) => merge(`${maps}/u`, { data: { [`k${i}`]: "1" } }, `manager-${i}`)),
    get(`${maps}/u`),
  ],
};

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const migration: Scenario = {
  name: "apply: taking over from the client's side",
  steps: [
    send(
      "POST",
      maps,
      map("k", { a: "1" }, { annotations: { [lastApplied]: `${JSON.stringify(map("k", { a: "1" }))}\n` } }),
      "kubectl-client-side-apply",
    ),
    apply(`${maps}/k`, map("k", { a: "2" }), { manager: "kubectl" }),
    get(`${maps}/k`),
    merge(`${maps}/k`, { data: { a: "3" } }, "kubectl-edit"),
    apply(`${maps}/k`, map("k", { a: "4" }), { manager: "kubectl" }),
  ],
};

export const applyScenarios: readonly Scenario[] = [configMaps, refusals, lists, updates, migration];
