/** Discovery in both forms, OpenAPI of every group, pages about the server itself. */
import { resources } from "#api/gen/resources.ts";
import type { Scenario } from "../scenario.ts";
import { get } from "../steps.ts";

const aggregated = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

const groups = [
  ...new Set(
    Object.values(resources).map(({ group, version }) =>
      group === "" ? `api/${version}` : `apis/${group}/${version}`,
    ),
  ),
].toSorted();

const discovery: Scenario = {
  name: "documents: discovery",
  steps: [
    get("/api"),
    get("/apis"),
    get("/api", aggregated),
    get("/apis", aggregated),
    get("/apis", {
      accept: "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
    }),
    ...groups.map((path) => get(`/${path}`)),
    ...groups.filter((path) => path.startsWith("apis")).map((path) => get(`/${path.split("/").slice(0, 2).join("/")}`)),
    get("/apis/none"),
    get("/apis/apps/v2"),
    get("/api/v2"),
    get("/"),
    get("/none"),
  ],
};

const openapi: readonly Scenario[] = [
  { name: "documents: OpenAPI v2", steps: [get("/openapi/v2", { accept: "application/json" })] },
  {
    name: "documents: OpenAPI v3",
    steps: [get("/openapi/v3"), ...groups.map((path) => get(`/openapi/v3/${path}`)), get("/openapi/v3/apis/none/v1")],
  },
];

const health: Scenario = {
  name: "documents: health",
  steps: ["/healthz", "/livez", "/readyz", "/healthz/ping", "/readyz/etcd", "/livez/none", "/readyz?exclude=etcd"].map(
    (path) => get(path),
  ),
};

export const documentScenarios: readonly Scenario[] = [discovery, ...openapi, health];
