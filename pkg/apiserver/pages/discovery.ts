/** The discovery documents, made once for each state of the resource table. */
import { schema } from "#api/index.ts";
import type { RequestContext } from "../context.ts";
import { responseHeaders } from "../context.ts";
import {
  aggregatedDocument,
  aggregatedMediaType,
  apiVersionsDocument,
  type DiscoveredGroup,
  discoverGroups,
  etagOf,
  groupDocument,
  groupListDocument,
  resourceListDocument,
  rootPathsDocument,
} from "../discovery/index.ts";
import { sendBytes } from "../endpoints/send.ts";
import { OpenApiDocuments } from "../openapi/index.ts";
import { openApiV2Json, openApiV2Protobuf, v2ProtobufMediaType } from "../openapi/v2.ts";

const openApiVersion = "v1.35.4";
const openApiPath = "/openapi/v3";

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
  readonly #address: () => string;
  readonly #documents = new Map<string, Buffer | null>();
  readonly #groups: DiscoveredGroup[];
  readonly openApi = new OpenApiDocuments(schema.resources, openApiVersion);

  constructor(address: () => string) {
    this.#address = address;
    this.#groups = discoverGroups(schema.resources);
  }

  /** The bytes of a document, null when there is none. */
  document(path: string, aggregated: boolean): Buffer | null {
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

/** The index, or the document of one group version; false when there is none. */
function answerOpenApi(context: RequestContext, documents: OpenApiDocuments): boolean {
  const { exchange, info } = context;
  const path = info.path.slice(openApiPath.length + 1);
  const document = path === "" ? documents.index() : documents.document(path);
  if (!document) return false;
  const headers = {
    ...responseHeaders(context, "application/json"),
    etag: JSON.stringify(document.hash),
    vary: "Accept",
  };
  const known = exchange.header("if-none-match") === headers.etag;
  exchange.send(known ? 304 : 200, headers, known ? Buffer.alloc(0) : document.bytes);
  return true;
}

function answerOpenApiV2(context: RequestContext): boolean {
  if ((context.exchange.header("accept") ?? "").includes("proto-openapi.spec.v2")) {
    sendBytes(context, 200, v2ProtobufMediaType, openApiV2Protobuf(openApiVersion));
  } else sendBytes(context, 200, "application/json", openApiV2Json(schema.resources, openApiVersion));
  return true;
}

/** False: the path is none of discovery's. */
export function answerDiscovery(context: RequestContext, pages: DiscoveryPages): boolean {
  const { exchange, info } = context;
  if (info.path === "/openapi/v2") return answerOpenApiV2(context);
  if (info.path === openApiPath || info.path.startsWith(`${openApiPath}/`))
    return answerOpenApi(context, pages.openApi);
  const aggregated =
    /as=APIGroupDiscoveryList/.test(exchange.header("accept") ?? "") &&
    /v=v2(;|,|$)/.test(exchange.header("accept") ?? "");
  const wantsAggregated = aggregated && (info.path === "/api" || info.path === "/apis");
  const bytes = pages.document(info.path, wantsAggregated);
  if (!bytes) return false;
  if (!wantsAggregated) {
    sendBytes(context, 200, "application/json", bytes);
    return true;
  }
  const headers = { ...responseHeaders(context, aggregatedMediaType), etag: etagOf(bytes), vary: "Accept" };
  const known = exchange.header("if-none-match") === headers.etag;
  exchange.send(known ? 304 : 200, headers, known ? Buffer.alloc(0) : bytes);
  return true;
}
