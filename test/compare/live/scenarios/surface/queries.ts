/** Query parameters that mean nothing, contradict each other or cannot be read; what deletions may ask for. */
import type { Scenario, Step } from "../../scenario.ts";
import { applyPatch, ask, mergePatch, send } from "../../steps.ts";

const namespace = "queries";
const maps = `/api/v1/namespaces/${namespace}/configmaps`;
const map = (name: string, labels: object = {}): object => ({ metadata: { name, labels }, data: { a: "1" } });

const setup: Scenario = {
  name: "surface of queries: what is there",
  steps: [
    send("POST", "/api/v1/namespaces", { metadata: { name: namespace } }),
    send("POST", maps, map("a", { app: "x" })),
    send("POST", maps, map("b", { app: "y" })),
  ],
};

const writing: readonly string[] = [
  "dryRun=",
  "dryRun=All",
  "dryRun=all",
  "dryRun=true",
  "dryRun=All&dryRun=All",
  "dryRun=All&dryRun=Some",
  "dryRun=All,All",
  "fieldManager=",
  "fieldManager=m%00",
  "fieldManager=m%0A",
  "fieldManager=%C3%A9",
  `fieldManager=${"m".repeat(128)}`,
  `fieldManager=${"m".repeat(129)}`,
  "fieldManager=a&fieldManager=b",
  "fieldValidation=",
  "fieldValidation=strict",
  "fieldValidation=Strict",
  "fieldValidation=Else&dryRun=Else&fieldManager=%00",
  "fieldValidation=Ignore&fieldValidation=Strict",
  "force=true",
  "force=false",
  "force=word",
  "pretty=true",
  "pretty=word",
  "timeout=1s",
  "timeout=word",
  "timeout=-1s",
  "timeout=0",
  "timeoutSeconds=word",
  "resourceVersion=word",
  "unknown=1",
  "=",
  "&&",
  "dryRun",
  "dryRun=%zz",
  "dryRun=All;x=1",
];

const unknown = { ...map("w"), unknown: 1 };

const writes: Scenario = {
  name: "surface of queries: writes",
  steps: writing.flatMap((query): Step[] => {
    // Nothing is left behind: what is created goes again.
    return [
      send("POST", `${maps}?${query}`, unknown),
      ask("DELETE", `${maps}/w`),
      send("PUT", `${maps}/a?${query}`, map("a", { app: "x" })),
      send("PATCH", `${maps}/a?${query}`, { data: { b: "2" } }, mergePatch),
      send(
        "PATCH",
        `${maps}/a?${query}`,
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {c: "3"}\n',
        applyPatch,
      ),
    ];
  }),
};

const deleting: readonly string[] = [
  "",
  "dryRun=all",
  "dryRun=All&dryRun=All",
  "gracePeriodSeconds=word&dryRun=All",
  "gracePeriodSeconds=-1&dryRun=All",
  "gracePeriodSeconds=1.5&dryRun=All",
  "gracePeriodSeconds=99999999999999999999&dryRun=All",
  "propagationPolicy=Orphan&dryRun=All",
  "propagationPolicy=orphan",
  "propagationPolicy=&dryRun=All",
  "propagationPolicy=Foreground&orphanDependents=true",
  "propagationPolicy=Foreground&orphanDependents=false&dryRun=All",
  "orphanDependents=true&dryRun=All",
  "orphanDependents=false&dryRun=All",
  "orphanDependents=word&dryRun=All",
  "orphanDependents=&dryRun=All",
  "preconditions=x&dryRun=All",
  "resourceVersion=1&dryRun=All",
  "ignoreStoreReadErrorWithClusterBreakingPotential=true",
  "ignoreStoreReadErrorWithClusterBreakingPotential=false&dryRun=All",
  "pretty=true&dryRun=All",
];

const bodies: readonly unknown[] = [
  {},
  { dryRun: ["All"] },
  { kind: "DeleteOptions", apiVersion: "v1", dryRun: ["All"] },
  { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"] },
  { kind: "DeleteOptions", apiVersion: "apps/v1", dryRun: ["All"] },
  { kind: "DeleteOptions", apiVersion: "none.example.com/v1", dryRun: ["All"] },
  { kind: "DeleteOptions", dryRun: ["All"] },
  { apiVersion: "v1", dryRun: ["All"] },
  { kind: "ConfigMap", apiVersion: "v1", dryRun: ["All"] },
  { kind: "Nothing", apiVersion: "v1", dryRun: ["All"] },
  { kind: "DeleteOptions", apiVersion: "a/b/c", dryRun: ["All"] },
  { dryRun: "All" },
  { dryRun: ["All", "Else"] },
  { dryRun: [1] },
  { dryRun: ["All"], unknown: 1 },
  { dryRun: ["All"], gracePeriodSeconds: "1" },
  { dryRun: ["All"], gracePeriodSeconds: -1 },
  { dryRun: ["All"], gracePeriodSeconds: 1.5 },
  { dryRun: ["All"], propagationPolicy: "Orphan" },
  { dryRun: ["All"], propagationPolicy: "" },
  { dryRun: ["All"], propagationPolicy: "Else" },
  { dryRun: ["All"], orphanDependents: true },
  { dryRun: ["All"], orphanDependents: true, propagationPolicy: "Orphan" },
  { dryRun: ["All"], preconditions: {} },
  { dryRun: ["All"], preconditions: { uid: "x" } },
  { dryRun: ["All"], preconditions: { uid: "" } },
  { dryRun: ["All"], preconditions: { resourceVersion: "1" } },
  { dryRun: ["All"], preconditions: { resourceVersion: "word" } },
  { dryRun: ["All"], preconditions: { uid: "x", resourceVersion: "1" } },
  { dryRun: ["All"], preconditions: [] },
  { dryRun: ["All"], ignoreStoreReadErrorWithClusterBreakingPotential: true },
  "",
  "null",
  "[]",
  "1",
  '"text"',
  "{",
  "dryRun: [All]\n",
];

const deletions: Scenario = {
  name: "surface of queries: deletions",
  steps: [
    ...deleting.flatMap((query): Step[] => [
      ask("DELETE", `${maps}/a?${query}`),
      send("POST", maps, map("a", { app: "x" })),
    ]),
    ...bodies.flatMap((body): Step[] => [
      { ...send("DELETE", `${maps}/a?dryRun=Else`, body), note: JSON.stringify(body) },
      send("POST", maps, map("a", { app: "x" })),
    ]),
    send("DELETE", `${maps}/a`, "dryRun: [All]\n", { "content-type": "application/yaml" }),
    send("DELETE", `${maps}/a`, "kind: ConfigMap\napiVersion: v1\n", { "content-type": "application/yaml" }),
  ],
};

const collections: Scenario = {
  name: "surface of queries: collections",
  steps: [
    ask("DELETE", `${maps}?dryRun=All`),
    ask("DELETE", `${maps}?dryRun=All&labelSelector=app%3Dx`),
    ask("DELETE", `${maps}?dryRun=All&fieldSelector=metadata.name%3Db`),
    ask("DELETE", `${maps}?dryRun=All&fieldSelector=data%3Db`),
    ask("DELETE", `${maps}?dryRun=All&labelSelector=a%20b`),
    ask("DELETE", `${maps}?dryRun=All&limit=1`),
    ask("DELETE", `${maps}?dryRun=All&limit=word`),
    ask("DELETE", `${maps}?dryRun=All&continue=word`),
    ask("DELETE", `${maps}?dryRun=All&resourceVersion=0`),
    ask("DELETE", `${maps}?dryRun=All&resourceVersion=word`),
    ask("DELETE", `${maps}?dryRun=All&resourceVersionMatch=Exact`),
    ask("DELETE", `${maps}?dryRun=All&sendInitialEvents=true`),
    ask("DELETE", `${maps}?dryRun=all`),
    ask("DELETE", `${maps}?dryRun=All&propagationPolicy=Else`),
    ask("DELETE", `${maps}?dryRun=All&timeoutSeconds=word`),
    ask("DELETE", "/api/v1/configmaps?dryRun=All"),
    ask("DELETE", "/api/v1/namespaces?dryRun=All"),
    send("DELETE", maps, { dryRun: ["All"], preconditions: { resourceVersion: "1" } }),
    send("DELETE", maps, { dryRun: ["All"], preconditions: { uid: "x" } }),
    send("DELETE", `${maps}?labelSelector=app%3Dx`, { kind: "ConfigMap", apiVersion: "v1" }),
    send("DELETE", `${maps}?labelSelector=app%3Dy`, {}),
    ask("GET", maps),
    ask("DELETE", maps),
    ask("DELETE", maps),
  ],
};

const reading: readonly string[] = [
  "limit=1.5",
  "limit=99999999999999999999",
  "limit=",
  "limit=1&limit=word",
  "watch=false",
  "watch=",
  "watch=TRUE&timeoutSeconds=1&resourceVersion=0",
  "watch=True&watch=false&timeoutSeconds=1&resourceVersion=0",
  "timeoutSeconds=word",
  "timeoutSeconds=1.5",
  "timeoutSeconds=-1",
  "allowWatchBookmarks=word",
  "sendInitialEvents=true",
  "sendInitialEvents=false",
  "sendInitialEvents=",
  "resourceVersion=-1",
  "resourceVersion=1.5",
  "resourceVersion=00",
  "resourceVersion=+1",
  "resourceVersion=99999999999999999999",
  "resourceVersionMatch=",
  "labelSelector=",
  "labelSelector=app%3Dx&labelSelector=app%3Dy",
  "fieldSelector=",
  "fieldSelector=metadata.name%3Da%2Cmetadata.name%3Db",
  "fieldSelector=metadata.name%3Da&fieldSelector=metadata.name%3Db",
  "labelSelector=%zz",
  "labelSelector=app%3Dx;limit=1",
  "includeObject=None",
  "pretty=true",
  "pretty=0",
  "exact=true",
  "export=true",
  "unknown=%00",
];

const reads: Scenario = {
  name: "surface of queries: reads",
  steps: [
    send("POST", maps, map("a", { app: "x" })),
    ...reading.flatMap((query) => [
      ask("GET", `${maps}?${query}`),
      ask("GET", `${maps}/a?${query.replace("watch=", "w=")}`),
    ]),
  ],
};

export const queryScenarios: readonly Scenario[] = [setup, writes, deletions, setup, collections, reads];
