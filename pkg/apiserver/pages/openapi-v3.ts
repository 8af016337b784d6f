/** Answers for `/openapi/v3`: the index in JSON, documents in JSON or protobuf. */
import { type RequestContext, responseHeaders } from "../context.ts";
import type { Headers } from "../http/exchange.ts";
import { clausesOf } from "../negotiation/accept.ts";
import type { Document } from "../openapi/document.ts";
import type { OpenApiDocuments } from "../openapi/index.ts";
import { type ProtobufDocuments, v3ProtobufMediaType } from "../openapi/v3-protobuf-documents.ts";

export interface OpenApiV3Pages {
  readonly openApi: OpenApiDocuments;
  readonly protobuf: ProtobufDocuments;
  /** Where the documents are, those of other servers too. */
  openApiIndex(): Promise<Document>;
}

export const openApiV3Path = "/openapi/v3";

/** The index, or the document of one group version. */
export function answerOpenApiV3(context: RequestContext, pages: OpenApiV3Pages): void {
  const path = context.info.path.slice(openApiV3Path.length + 1);
  if (path === "") {
    pages.openApiIndex().then(
      (index) => sendIndex(context, index),
      () => context.exchange.destroy(),
    );
    return;
  }
  const document = pages.openApi.document(path);
  if (document) sendDocument(context, document, pages.protobuf);
  else sendNothing(context, 404);
}

/** In JSON, whatever is asked for. */
function sendIndex(context: RequestContext, index: Document): void {
  const etag = JSON.stringify(index.hash);
  const headers = { ...responseHeaders(context, "application/json"), etag, vary: "Accept" };
  sendUnlessKnown(context, headers, () => index.bytes);
}

function sendDocument(context: RequestContext, document: Document, protobuf: ProtobufDocuments): void {
  const { exchange, info } = context;
  const form = formOfDocument(exchange.header("accept"));
  if (!form) return sendNothing(context, 406, { vary: "Accept" });
  const headers: Headers = {
    ...responseHeaders(context, form === "json" ? "application/json" : v3ProtobufMediaType),
    // Both forms have the hash of the JSON.
    etag: JSON.stringify(document.hash),
    vary: "Accept",
  };
  const hash = info.query.get("hash");
  if (hash && hash !== document.hash) {
    exchange.send(301, { ...headers, location: `${info.path}?hash=${document.hash}` }, Buffer.alloc(0));
    return;
  }
  if (hash) Object.assign(headers, cachedForever(new Date()));
  sendUnlessKnown(context, headers, () => (form === "json" ? document.bytes : protobuf.bytesOf(document)));
}

/** Who asks by hash never needs to ask again. */
function cachedForever(now: Date): Headers {
  const inAYear = new Date(now);
  inAYear.setUTCFullYear(now.getUTCFullYear() + 1);
  return { "cache-control": "public, immutable", expires: inAYear.toUTCString().replace("GMT", "UTC") };
}

function sendUnlessKnown({ exchange }: RequestContext, headers: Headers, body: () => Buffer): void {
  if (isKnown(exchange.header("if-none-match"), String(headers["etag"]))) {
    const { "content-type": _, ...rest } = headers;
    exchange.send(304, rest, Buffer.alloc(0));
  } else exchange.send(200, headers, body());
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag));

function sendNothing(context: RequestContext, code: number, more: Headers = {}): void {
  const { "content-type": _, ...headers } = responseHeaders(context, "");
  context.exchange.send(code, { ...headers, ...more }, Buffer.alloc(0));
}

/** The second name is what clients ask for: an `@` has no place in a media type. */
const protobufSubtypes: ReadonlySet<string> = new Set([
  "com.github.proto-openapi.spec.v3.v1.0+protobuf",
  "com.github.proto-openapi.spec.v3@v1.0+protobuf",
]);

/** What the best of the clauses that can be met asks for; any part of a type may be a star. Undefined: none can. */
export function formOfDocument(accept: string | undefined): "json" | "protobuf" | undefined {
  const clauses = clausesOf(accept ?? "");
  if (clauses.length === 0) return "json";
  for (const { type, subtype } of clauses) {
    if (type !== "*" && type !== "application") continue;
    if (subtype === "*" || subtype === "json") return "json";
    if (protobufSubtypes.has(subtype)) return "protobuf";
  }
  return undefined;
}
