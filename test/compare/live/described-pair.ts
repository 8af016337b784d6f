/** Asks both servers for everything that has descriptions: both versions of OpenAPI, and tables. */
import { setTimeout as sleep } from "node:timers/promises";
import { schema } from "#api/index.ts";
import { Descriptions, tableHead } from "./descriptions.ts";
import type { LivePair, LiveServer } from "./servers.ts";

type Json = Readonly<Record<string, unknown>>;

/** A resource that a definition makes: its documents are made at run time. */
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "orchards.described.example" },
  spec: {
    group: "described.example",
    scope: "Namespaced",
    names: { plural: "orchards", kind: "Orchard" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.trees", statusReplicasPath: ".status.trees" } },
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "Trees in rows.",
            properties: {
              spec: {
                type: "object",
                properties: {
                  trees: { type: "integer", description: "How many." },
                  pod: {
                    type: "object",
                    "x-kubernetes-embedded-resource": true,
                    properties: { spec: { type: "object" } },
                  },
                },
              },
              status: { type: "object", properties: { trees: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const customDocument = "/openapi/v3/apis/described.example/v1";
const publishedMsMax = 15_000;

export interface Described {
  /** Of version 2 of OpenAPI, and of columns. */
  readonly v2: Descriptions;
  readonly v3: Descriptions;
}

/** Rejects when a server publishes no document of a new definition within 15 s. */
export async function describePair(pair: LivePair): Promise<Described> {
  const servers = [pair.upstream, pair.ours] as const;
  const described = { v2: new Descriptions(), v3: new Descriptions() };
  await Promise.all(servers.map(publish));
  try {
    const [upstream, ours] = await Promise.all(servers.map(readAll));
    if (!upstream || !ours) throw new Error("two servers, two answers");
    described.v2.compareDocuments(upstream.v2, ours.v2);
    for (const [path, document] of upstream.v3) described.v3.compareDocuments(document, ours.v3.get(path) ?? {});
    for (const [path, table] of upstream.tables) described.v2.compareColumns(path, table, ours.tables.get(path));
  } finally {
    await Promise.all(
      servers.map((server) => server.ask({ method: "DELETE", path: `${definitions}/orchards.described.example` })),
    );
  }
  return described;
}

export const describedTable = ({ v2, v3 }: Described): string =>
  [...tableHead, ...v2.rows(""), ...v3.rows("version 3, ")].join("\n");

async function publish(server: LiveServer): Promise<void> {
  const headers = { "content-type": "application/json" };
  const made = await server.ask({ method: "POST", path: definitions, headers, body: JSON.stringify(definition) });
  if (made.code !== 201) throw new Error(`${server.name}: ${made.body}`);
  const end = performance.now() + publishedMsMax;
  for (;;) {
    const v2 = await server.ask({ method: "GET", path: "/openapi/v2" });
    const v3 = await server.ask({ method: "GET", path: customDocument });
    if (v3.code === 200 && v2.body.includes("example.described.v1.Orchard")) return;
    if (performance.now() > end) throw new Error(`${server.name} published no document of a new definition`);
    await sleep(200);
  }
}

interface All {
  readonly v2: Json;
  /** By path. */
  readonly v3: ReadonlyMap<string, Json>;
  readonly tables: ReadonlyMap<string, unknown>;
}

async function readAll(server: LiveServer): Promise<All> {
  const read = async (path: string, accept = "application/json"): Promise<Json> => {
    const { code, body } = await server.ask({ method: "GET", path, headers: { accept } });
    if (code !== 200) throw new Error(`${server.name}: ${path}: ${code}`);
    return JSON.parse(body.toString()) as Json;
  };
  const v2 = await read("/openapi/v2");
  const { paths } = (await read("/openapi/v3")) as { paths: Json };
  const v3 = new Map<string, Json>();
  for (const path of Object.keys(paths)) v3.set(path, await read(`/openapi/v3/${path}`));
  const tables = new Map<string, unknown>();
  for (const path of listPaths) tables.set(path, await read(path, "application/json;as=Table;v=v1;g=meta.k8s.io"));
  return { v2, v3, tables };
}

const listPaths = [
  ...schema.resources
    .filter(({ verbs }) => verbs.includes("list"))
    .map(({ group, version, plural }) =>
      group === "" ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`,
    ),
  "/apis/described.example/v1/orchards",
];
