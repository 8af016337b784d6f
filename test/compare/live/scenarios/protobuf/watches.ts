/** Watches in protobuf: every type of event, bookmarks, errors within the stream, other forms. */
import type { Scenario, Seen, Step } from "../../scenario.ts";
import { get, protobuf, send, sendJson, view } from "./asking.ts";

const namespace = "protowatch";
const maps = `/api/v1/namespaces/${namespace}/configmaps`;
const map = (name: string, labels: object, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels, ...more },
});
const merge = (name: string, body: object): Step =>
  sendJson("PATCH", `${maps}/${name}`, body, "application/merge-patch+json");

const history: Step[] = [
  {
    ...send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }),
    as: "begin",
  },
  send("POST", maps, map("a", { app: "x" })),
  send("POST", maps, map("b", { app: "y" })),
  merge("a", { data: { n: "1" } }),
  merge("a", { metadata: { labels: { app: "y" } } }),
  merge("a", { metadata: { labels: { app: "x" } } }),
  send("DELETE", `${maps}/b`, { apiVersion: "v1", kind: "DeleteOptions" }),
  send("POST", maps, map("c", { app: "x" }, { finalizers: ["example.com/x"] })),
  send("DELETE", `${maps}/c`, { apiVersion: "v1", kind: "DeleteOptions" }),
  merge("c", { metadata: { finalizers: null } }),
  { ...get(`${maps}?limit=1`), as: "now" },
];

type From = (seen: Seen) => string;
const begin: From = ({ versions }) => `&resourceVersion=${versions.get("begin")}`;
const now: From = ({ versions }) => `&resourceVersion=${versions.get("now")}`;
const zero: From = () => "&resourceVersion=0";
const future: From = () => "&resourceVersion=999999999";

const watch =
  (from: From, more = "", accept = protobuf) =>
  (seen: Seen): Step => ({
    ...get(`${maps}?watch=true&timeoutSeconds=1${from(seen)}${more}`, { accept }),
  });

const bookmarks = "&allowWatchBookmarks=true";
const initial = `${bookmarks}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`;

export const protobufWatches: readonly Scenario[] = [
  {
    name: "protobuf watches: a history",
    steps: [
      ...history,
      watch(begin),
      watch(begin, "&labelSelector=app%3Dx"),
      watch(begin, "&fieldSelector=metadata.name%3Da"),
      watch(begin, "", view("PartialObjectMetadata")),
      watch(begin, "&labelSelector=app%3Dx", view("PartialObjectMetadata")),
      watch(begin, "", view("PartialObjectMetadata", "v1beta1")),
      watch(begin, "", view("PartialObjectMetadataList")),
      watch(begin, "", view("Table")),
      watch(begin, "", `${view("Table")},application/json;as=Table;v=v1;g=meta.k8s.io`),
      watch(begin, "", `${protobuf};stream=watch`),
      watch(begin, "", `application/yaml,${protobuf}`),
      watch(begin, "", `${protobuf},application/json`),
      watch(now),
      watch(zero),
      watch(zero, bookmarks),
      watch(future),
      watch(zero, initial),
      watch(zero, initial, view("PartialObjectMetadata")),
      watch(now, "&sendInitialEvents=true"),
      watch(now, "&resourceVersionMatch=Exact"),
      (seen) => get(`/api/v1/watch/namespaces/${namespace}/configmaps?timeoutSeconds=1${begin(seen)}`),
      (seen) => get(`/api/v1/watch/namespaces/${namespace}/configmaps/a?timeoutSeconds=1${begin(seen)}`),
    ],
  },
  {
    name: "protobuf watches: pages of lists",
    steps: [
      send("POST", maps, map("d", {})),
      send("POST", maps, map("e", {})),
      { ...get(`${maps}?limit=1`), as: "page" },
      ({ tokens }) => ({ ...get(`${maps}?limit=1&continue=${tokens.get("page")}`), as: "page" }),
      ({ tokens }) => get(`${maps}?limit=1&continue=${tokens.get("page")}`),
      { ...get(`${maps}?limit=1`, { accept: view("PartialObjectMetadataList") }), as: "page" },
      ({ tokens }) =>
        get(`${maps}?limit=2&continue=${tokens.get("page")}`, { accept: view("PartialObjectMetadataList", "v1beta1") }),
      get(`${maps}?labelSelector=none`),
      get(`${maps}?resourceVersion=0`),
      get(`${maps}?resourceVersion=999999999&resourceVersionMatch=Exact`),
      get(maps, { accept: view("PartialObjectMetadata") }),
      get(`${maps}/d`, { accept: view("PartialObjectMetadataList") }),
      get(`${maps}/d`, { accept: view("PartialObjectMetadata", "v1beta1") }),
      get(`${maps}/d`, { accept: view("PartialObjectMetadata", "v2") }),
      get(`${maps}/d`, { accept: `${protobuf};as=Else;v=v1;g=meta.k8s.io` }),
    ],
  },
];
