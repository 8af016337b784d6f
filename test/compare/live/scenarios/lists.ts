/** Lists by resource version, match, limit and continue token; selectors; what is given in place of full objects. */
import type { Scenario, Seen, Step } from "../scenario.ts";
import { get, metadataType, post, tableType } from "../steps.ts";

const namespace = "lists";
const collection = `/api/v1/namespaces/${namespace}/configmaps`;

const map = (name: string, labels: object) => ({ metadata: { name, labels }, data: { of: name } });

const setup: Scenario = {
  name: "lists: what is there",
  steps: [
    post("/api/v1/namespaces", { metadata: { name: namespace } }),
    { ...post(collection, map("a", { app: "x", tier: "1" })), as: "first" },
    post(collection, map("b", { app: "x", tier: "2" })),
    post(collection, map("c", { app: "y" })),
    post(collection, map("d", {})),
    // Another namespace's come between in etcd.
    post("/api/v1/namespaces/default/configmaps", map("e", { app: "x" })),
    { ...get(`${collection}/d`), as: "last" },
  ],
};

type Version = "none" | "empty" | "0" | "first" | "last" | "future" | "word";
const versions: readonly Version[] = ["none", "empty", "0", "first", "last", "future", "word"];

function versionOf(kind: Version, seen: Seen): string {
  if (kind === "none") return "";
  if (kind === "empty") return "&resourceVersion=";
  if (kind === "word") return "&resourceVersion=word";
  if (kind === "0") return "&resourceVersion=0";
  if (kind === "future") return `&resourceVersion=${Number(seen.versions.get("last")) + 1_000_000}`;
  return `&resourceVersion=${seen.versions.get(kind)}`;
}

const named = (step: (seen: Seen) => Step): ((seen: Seen) => Step) => step;

const matrix: readonly Scenario[] = versions.map((version) => ({
  name: `lists: resourceVersion ${version}`,
  steps: [
    { ...get(`${collection}/a`), as: "first" },
    { ...get(`${collection}/d`), as: "last" },
    ...["", "&resourceVersionMatch=Exact", "&resourceVersionMatch=NotOlderThan", "&resourceVersionMatch=Else"].flatMap(
      (match) =>
        ["", "&limit=2", "&limit=2&continue=none", "&limit=-1"].map((limit) =>
          named((seen) => get(`${collection}?x=${versionOf(version, seen)}${match}${limit}`)),
        ),
    ),
    ...["", "0", "first", "last", "future", "word"].map((of) =>
      named((seen) => get(`${collection}/a?x=${of === "" ? "" : versionOf(of as Version, seen)}`)),
    ),
  ],
}));

const token = (seen: Seen, name: string) => encodeURIComponent(seen.tokens.get(name) ?? "");

const pages: Scenario = {
  name: "lists: page by page",
  steps: [
    { ...get(`${collection}?limit=1`), as: "one" },
    (seen) => ({ ...get(`${collection}?limit=2&continue=${token(seen, "one")}`), as: "two" }),
    (seen) => get(`${collection}?limit=2&continue=${token(seen, "two")}`),
    (seen) => get(`${collection}?continue=${token(seen, "two")}`),
    (seen) => get(`${collection}?limit=2&continue=${token(seen, "two")}&resourceVersion=1`),
    (seen) => get(`${collection}?limit=2&continue=${token(seen, "two")}&resourceVersion=0`),
    (seen) => get(`${collection}?limit=2&continue=${token(seen, "two")}&resourceVersionMatch=Exact`),
    (seen) => get(`/api/v1/namespaces/default/configmaps?limit=2&continue=${token(seen, "one")}`),
    get(`${collection}?limit=2&continue=bm9uc2Vuc2U`),
    get(`${collection}?limit=2&continue=%00`),
    { ...get(`${collection}?limit=1&labelSelector=app%3Dx`), as: "selected" },
    (seen) => get(`${collection}?limit=1&labelSelector=app%3Dx&continue=${token(seen, "selected")}`),
    get(`${collection}?limit=word`),
    get(`/api/v1/configmaps?limit=3&fieldSelector=metadata.namespace%3D${namespace}`),
  ],
};

const selectors: Scenario = {
  name: "lists: selectors",
  steps: [
    ...[
      "app=x",
      "app==x",
      "app!=x",
      "app in (x,y)",
      "app notin (x)",
      "app",
      "!app",
      "app=x,tier=2",
      "tier>1",
      "tier<2",
      "app=",
      "app in ()",
      "a b",
      "app=x,",
      "app=-x",
      "-app=x",
      ",",
      " ",
      "app in x",
      `app=${"x".repeat(64)}`,
    ].map((text) => get(`${collection}?labelSelector=${encodeURIComponent(text)}`)),
    ...[
      "metadata.name=a",
      "metadata.name!=a",
      "metadata.name=a,metadata.namespace=lists",
      "metadata.namespace=default",
      "data.of=a",
      "metadata.name",
      "metadata.name>a",
      "metadata.name=a\\,b",
      "metadata.labels.app=x",
      "=",
    ].map((text) => get(`${collection}?fieldSelector=${encodeURIComponent(text)}`)),
    ...[
      ["pods", "status.phase=Running"],
      ["pods", "spec.nodeName="],
      ["pods", "spec.restartPolicy=Always"],
      ["pods", "spec.hostNetwork=false"],
      ["pods", "status.podIP=1.2.3.4"],
      ["pods", "spec.containers=a"],
      ["events", "involvedObject.kind=Pod,type=Normal"],
      ["events", "source=kubelet"],
      ["events", "message=x"],
      ["secrets", "type=Opaque"],
      ["secrets", "data=x"],
      ["namespaces", "status.phase=Active"],
      ["nodes", "spec.unschedulable=false"],
      ["replicationcontrollers", "status.replicas=0"],
      ["services", "spec.type=ClusterIP"],
      ["services", "spec.clusterIP=None"],
    ].map(([plural, text]) => get(`/api/v1/${plural}?fieldSelector=${encodeURIComponent(text ?? "")}`)),
    ...[
      ["/apis/batch/v1/jobs", "status.successful=1"],
      ["/apis/apps/v1/deployments", "status.replicas=0"],
      ["/apis/apps/v1/replicasets", "status.replicas=0"],
      ["/apis/certificates.k8s.io/v1/certificatesigningrequests", "spec.signerName=a/b"],
      ["/apis/resource.k8s.io/v1/resourceslices", "spec.nodeName=n"],
      ["/apis/resource.k8s.io/v1/resourceslices", "spec.driver=n"],
      ["/apis/events.k8s.io/v1/events", "reason=x"],
      ["/apis/events.k8s.io/v1/events", "regarding.kind=Pod"],
      ["/apis/networking.k8s.io/v1/ipaddresses", "spec.parentRef.name=kubernetes"],
    ].map(([path, text]) => get(`${path}?fieldSelector=${encodeURIComponent(text ?? "")}`)),
  ],
};

const metadataList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

const forms: Scenario = {
  name: "lists: other forms",
  steps: [
    tableType,
    `${tableType},application/json`,
    metadataType,
    metadataList,
    "application/yaml",
    "application/*",
    "*/*",
    "text/html",
    "text/html, application/json",
    "application/cbor",
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io",
    "application/json;as=Table;v=v2;g=meta.k8s.io",
    "application/json;as=Else;v=v1;g=meta.k8s.io",
    "application/json;stream=watch",
    "application/json;q=0.1, application/yaml",
  ].flatMap((accept) => [
    get(`${collection}?limit=2`, { accept }),
    get(`${collection}/a`, { accept }),
    get(`${collection}/none`, { accept }),
  ]),
};

const includes: Scenario = {
  name: "lists: what rows of tables hold",
  steps: ["None", "Metadata", "Object", "Else", ""].flatMap((include) => [
    get(`${collection}?includeObject=${include}&limit=2`, { accept: tableType }),
    get(`${collection}/a?includeObject=${include}`, { accept: tableType }),
  ]),
};

export const listScenarios: readonly Scenario[] = [setup, ...matrix, pages, selectors, forms, includes];
