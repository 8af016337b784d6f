/** Every recorded object through all verbs: three kinds of patch, updates that change nothing, tables, metadata, deletion. */
import { createBases } from "../../recorded.ts";
import type { Scenario, Step } from "../scenario.ts";
import { get, metadataType, post, send, tableType } from "../steps.ts";
import { goldNamespace } from "./gold-namespace.ts";

const table = { accept: tableType };
const metadata = { accept: metadataType };
const metadataList = { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" };
const patchOf = (kind: string) => ({ "content-type": `application/${kind}` });

/** Lists of these hold what a server makes for itself, at its own time. */
const shared = new Set(["APIService", "Namespace", "FlowSchema", "PriorityLevelConfiguration", "Lease", "ServiceCIDR"]);

function stepsOf(name: string, url: string, object: Record<string, unknown>): Step[] {
  const collection = url.split("?", 1)[0] ?? "";
  const path = `${collection}/${(object["metadata"] as { name: string }).name}`;
  const patch = (kind: string, body: unknown, of = path): Step => send("PATCH", of, body, patchOf(kind));
  const ownList = `${collection}?fieldSelector=metadata.name%3D${(object["metadata"] as { name: string }).name}`;
  const lists = shared.has(name.split("/")[0] ?? "") ? ownList : collection;
  return [
    post(`${collection}?dryRun=All`, object),
    post(collection, object),
    post(collection, object),
    get(path),
    get(path, table),
    get(path, metadata),
    get(lists, table),
    get(lists, metadataList),
    patch("json-patch+json", [{ op: "add", path: "/metadata/labels", value: { a: "1" } }]),
    patch("json-patch+json", [{ op: "test", path: "/metadata/labels/a", value: "2" }]),
    patch("merge-patch+json", { metadata: { annotations: { b: "2" } } }),
    patch("merge-patch+json", { metadata: { annotations: { b: "2" } } }),
    patch("strategic-merge-patch+json", { metadata: { labels: { $patch: "replace", c: "3" } } }),
    patch("strategic-merge-patch+json", { metadata: { finalizers: ["example.com/f"] } }),
    patch("merge-patch+json", { metadata: { finalizers: null } }, `${path}/status`),
    patch("merge-patch+json", { metadata: { finalizers: null } }),
    patch("merge-patch+json", { metadata: { name: "else" } }),
    patch("merge-patch+json", { kind: "Else" }),
    patch("merge-patch+json", { metadata: { resourceVersion: "1" } }),
    { method: "DELETE", path: `${path}?dryRun=All` },
    { method: "DELETE", path: `${path}?gracePeriodSeconds=0` },
    get(path),
    { method: "DELETE", path },
  ];
}

export const everyKindScenarios: readonly Scenario[] = [
  goldNamespace("every kind: their namespace"),
  ...[...createBases()].map(([name, { url, object }]) => ({
    name: `every kind: ${name}`,
    steps: stepsOf(name, url, object),
  })),
];
