/** Watches from every kind of beginning, of collections and of one object, with selectors and in other forms. */
import type { Scenario, Seen, Step } from "../scenario.ts";
import { get, merge, metadataType, post, tableType } from "../steps.ts";

const namespace = "watches";
const collection = `/api/v1/namespaces/${namespace}/configmaps`;

const patch = (name: string, body: object): Step => merge(`${collection}/${name}`, body);

/** A history that later watches replay. */
const setup: Scenario = {
  name: "watches: a history",
  steps: [
    { ...post("/api/v1/namespaces", { metadata: { name: namespace } }), as: "begin" },
    post(collection, { metadata: { name: "a", labels: { app: "x" } } }),
    post(collection, { metadata: { name: "b", labels: { app: "y" } } }),
    patch("a", { data: { n: "1" } }),
    patch("a", { metadata: { labels: { app: "y" } } }),
    patch("a", { metadata: { labels: { app: "x" } } }),
    { method: "DELETE", path: `${collection}/b` },
    post(collection, { metadata: { name: "c", labels: { app: "x" }, finalizers: ["example.com/x"] } }),
    { method: "DELETE", path: `${collection}/c` },
    { ...patch("c", { metadata: { finalizers: null } }), as: "end" },
    { ...get(`${collection}?limit=500`), as: "now" },
  ],
};

const begins = (seen: Seen): Record<string, string> => ({
  none: "",
  empty: "&resourceVersion=",
  zero: "&resourceVersion=0",
  begin: `&resourceVersion=${seen.versions.get("begin")}`,
  now: `&resourceVersion=${seen.versions.get("now")}`,
  word: "&resourceVersion=word",
});

const again: readonly Step[] = [
  { ...get(`/api/v1/namespaces/${namespace}`), as: "begin" },
  { ...get(`${collection}?limit=500`), as: "now" },
];

/** Each watch ends by itself after a second. */
const watch = (query: string, path = collection): Step => get(`${path}?watch=true&timeoutSeconds=1${query}`);

const from: readonly Scenario[] = ["none", "empty", "zero", "begin", "now", "word"].map((begin) => ({
  name: `watches: from ${begin}`,
  steps: [
    ...again,
    ...[
      "",
      "&allowWatchBookmarks=true",
      "&labelSelector=app%3Dx",
      "&fieldSelector=metadata.name%3Da",
      "&resourceVersionMatch=NotOlderThan",
      "&resourceVersionMatch=Exact",
      "&sendInitialEvents=true",
      "&sendInitialEvents=false",
      "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
      "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
      "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
      "&sendInitialEvents=true&resourceVersionMatch=Exact",
      "&sendInitialEvents=word",
      "&limit=1",
      "&continue=x",
    ].map((more) => (seen: Seen) => watch(`${begins(seen)[begin]}${more}`)),
  ],
}));

const forms: Scenario = {
  name: "watches: forms and paths",
  steps: [
    ...again,
    ...[
      tableType,
      metadataType,
      "application/json;stream=watch",
      "application/yaml",
      "text/html",
      "application/cbor",
    ].map((accept) => (seen: Seen) => ({ ...watch(begins(seen)["begin"] ?? ""), headers: { accept } })),
    (seen) => watch(begins(seen)["begin"] ?? "", `${collection}/a`),
    (seen) => watch(begins(seen)["begin"] ?? "", `${collection}/none`),
    (seen) => watch(`${begins(seen)["begin"]}&fieldSelector=metadata.name%3Db`, `${collection}/a`),
    (seen) => watch(begins(seen)["begin"] ?? "", `/api/v1/watch/namespaces/${namespace}/configmaps`),
    (seen) => watch(begins(seen)["begin"] ?? "", `/api/v1/watch/namespaces/${namespace}/configmaps/a`),
    (seen) => watch(`${begins(seen)["begin"]}&labelSelector=app%3Dx`, `/api/v1/watch/configmaps`),
    watch("&timeoutSeconds=word"),
    watch("&fieldSelector=data.x%3D1"),
    watch("&labelSelector=a b"),
    get(`${collection}?watch=word`),
    get(`${collection}?watch=0`),
    get(`${collection}?watch=1&timeoutSeconds=1&resourceVersion=0`),
    get(`${collection}?watch&timeoutSeconds=1&resourceVersion=0`),
  ],
};

export const watchScenarios: readonly Scenario[] = [setup, ...from, forms];
