/** The discovery documents, made once for each state of the resource table. */
import { schema } from "#api/index.ts";
import type { RemoteApis } from "../aggregation/index.ts";
import type { RequestContext } from "../context.ts";
import { responseHeaders } from "../context.ts";
import {
  aggregatedDocument,
  apiVersionsDocument,
  type DiscoveredGroup,
  discoverGroups,
  groupDocument,
  groupListDocument,
  resourceListDocument,
  rootPathsDocument,
} from "../discovery/index.ts";
import { sendBytes } from "../endpoints/send.ts";
import type { PublishedResource } from "../openapi/custom.ts";
import { type Document, packedDocument } from "../openapi/document.ts";
import { mergedIndex, OpenApiDocuments } from "../openapi/index.ts";
import { openApiV2Json, openApiV2Protobuf, v2ProtobufMediaType } from "../openapi/v2.ts";
import { ProtobufDocuments } from "../openapi/v3-protobuf-documents.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ResourceTable } from "../resources/table.ts";
import { answerDocument } from "./discovery-forms.ts";
import { answerOpenApiV3, openApiV3Path } from "./openapi-v3.ts";

const openApiVersion = "v1.35.4";

const otherPaths = [
  "/healthz",
  "/livez",
  "/readyz",
  "/metrics",
  "/openid/v1/jwks",
  "/.well-known/openid-configuration",
  "/openapi/v2",
  "/openapi/v3",
  "/version",
];

export class DiscoveryPages {
  /** Of OpenAPI v3. */
  readonly protobuf = new ProtobufDocuments();
  readonly #address: () => string;
  readonly #table: ResourceTable;
  readonly #remote: RemoteApis;
  #documents = new Map<string, Buffer | null>();
  #groups: DiscoveredGroup[] = [];
  #openApi: OpenApiDocuments | undefined;
  /** Of the last state of the table whose documents somebody asked for. */
  #earlier: OpenApiDocuments | undefined;
  readonly #openApiV2 = new Map<boolean, Document>();
  #generation = "";
  #openApiIndex: Promise<Document> | undefined;

  constructor(address: () => string, table: ResourceTable, remote: RemoteApis) {
    this.#address = address;
    this.#table = table;
    this.#remote = remote;
  }

  get openApi(): OpenApiDocuments {
    this.#refresh();
    if (!this.#openApi) {
      const { resources } = schema;
      const custom = this.#published();
      this.#openApi = new OpenApiDocuments({ resources, version: openApiVersion, custom, earlier: this.#earlier });
      this.#earlier = undefined;
    }
    return this.#openApi;
  }

  /** All definitions in version 2 of OpenAPI. */
  openApiV2(isProtobuf: boolean): Document {
    this.#refresh();
    let document = this.#openApiV2.get(isProtobuf);
    if (!document) {
      const make = isProtobuf ? openApiV2Protobuf : openApiV2Json;
      document = packedDocument(make(schema.resources, openApiVersion, this.#published()));
      this.#openApiV2.set(isProtobuf, document);
    }
    return document;
  }

  #published(): PublishedResource[] {
    return this.#custom().map(({ def, custom }) => ({
      def,
      schema: custom?.schema,
      selectable: custom?.selectable ?? [],
    }));
  }

  /** Where the documents of OpenAPI v3 are, those of other servers too. */
  openApiIndex(): Promise<Document> {
    const { openApi } = this;
    const remote = this.#remote.openApiPaths();
    if (Object.keys(remote).length === 0) return openApi.index();
    this.#openApiIndex ??= openApi.index().then((index) => mergedIndex(index, remote));
    return this.#openApiIndex;
  }

  /** The bytes of a document, null when there is none. */
  document(path: string, aggregated: boolean): Buffer | null {
    this.#refresh();
    const key = `${aggregated}${path}`;
    let bytes = this.#documents.get(key);
    if (bytes === undefined) {
      const document = this.#build(path, aggregated);
      bytes = document ? Buffer.from(JSON.stringify(document)) : null;
      // Only what exists is kept: paths are the client's to choose.
      if (bytes) this.#documents.set(key, bytes);
    }
    return bytes;
  }

  #custom(): ServedResource[] {
    return [...this.#table].filter(({ isCustom }) => isCustom);
  }

  /** Forgets what was made from another state of the table. */
  #refresh(): void {
    const generation = `${this.#table.generation} ${this.#remote.generation}`;
    if (this.#generation === generation) return;
    this.#generation = generation;
    this.#openApiIndex = undefined;
    this.#documents = new Map();
    this.#earlier = this.#openApi ?? this.#earlier;
    this.#openApi = undefined;
    this.#openApiV2.clear();
    const byVersion = Map.groupBy(this.#custom(), ({ def }) => `${def.group}/${def.version}`);
    const dynamic = [...byVersion.values()].map((served) => {
      const { group, version } = (served[0] as ServedResource).def;
      return { group, version, resources: served.map(({ def }) => def) };
    });
    this.#groups = discoverGroups(schema.resources, [...dynamic, ...this.#remote.versions()]);
  }

  #build(path: string, aggregated: boolean): object | undefined {
    if (path === "/") return rootPathsDocument(this.#groups, otherPaths);
    if (path === "/api")
      return aggregated ? aggregatedDocument(this.#groups, path) : apiVersionsDocument(this.#address());
    if (path === "/apis") return aggregated ? aggregatedDocument(this.#groups, path) : groupListDocument(this.#groups);
    const [, root, first = "", second, ...rest] = path.split("/");
    if (rest.length > 0) return undefined;
    if (root === "api") return second === undefined ? resourceListDocument(this.#groups, "", first) : undefined;
    if (root !== "apis") return undefined;
    return second === undefined
      ? groupDocument(this.#groups, first)
      : resourceListDocument(this.#groups, first, second);
  }
}

function answerOpenApiV2(context: RequestContext, pages: DiscoveryPages): boolean {
  const { exchange } = context;
  const isProtobuf = (exchange.header("accept") ?? "").includes("proto-openapi.spec.v2");
  const document = pages.openApiV2(isProtobuf);
  const type = isProtobuf ? v2ProtobufMediaType : "application/json";
  const etag = JSON.stringify(document.hash);
  const headers = { etag, vary: "Accept-Encoding, Accept" };
  if (exchange.header("if-none-match") === etag) {
    exchange.send(304, { ...responseHeaders(context, type), ...headers }, Buffer.alloc(0));
  } else sendBytes(context, 200, type, document.bytes, headers);
  return true;
}

/** False: the path is none of discovery's. */
export function answerDiscovery(context: RequestContext, pages: DiscoveryPages): boolean {
  const { info } = context;
  if (info.path === "/openapi/v2") return answerOpenApiV2(context, pages);
  if (info.path === openApiV3Path || info.path.startsWith(`${openApiV3Path}/`)) {
    answerOpenApiV3(context, pages);
    return true;
  }
  return answerDocument(context, pages);
}
