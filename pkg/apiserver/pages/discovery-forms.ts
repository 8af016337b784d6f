/** Discovery documents in the form that the client asked for. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeEnvelope } from "#pkg/apimachinery/protobuf/index.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import { aggregatedParameters, encodeDiscovery, etagOf } from "../discovery/index.ts";
import { sendBytes } from "../endpoints/send.ts";
import { formatOfAggregated, negotiate, type Offer } from "../negotiation/negotiate.ts";
import { encodeAs } from "../negotiation/objects.ts";
import { contentTypes, type Format } from "../negotiation/representation.ts";
import { isBuiltInGroup } from "../resources/built-in-groups.ts";

export interface Documents {
  /** JSON; null where there is no such document. The same bytes as long as it does not change. */
  document(path: string, aggregated: boolean): Buffer | null;
}

/** False: the path is none of discovery's. */
export function answerDocument(context: RequestContext, documents: Documents): boolean {
  const path = context.info.path === "/index.html" ? "/" : context.info.path;
  const json = documents.document(path, false);
  if (!json) return false;
  const accept = context.exchange.header("accept");
  const aggregated = path === "/api" || path === "/apis" ? formatOfAggregated(accept) : undefined;
  if (aggregated) {
    sendAggregated(context, documents.document(path, true) as Buffer, aggregated);
    return true;
  }
  // The list of paths is no object.
  const format = path === "/" ? "json" : negotiate(accept, offerOf(path)).format;
  sendBytes(context, 200, contentTypes[format], inFormat(json, format));
  return true;
}

const directOffer: Offer = { routed: false, protobufObjects: true, views: [] };
const routedOffer: Offer = { ...directOffer, routed: true };

/** `/apis` and groups are answered before upstream's router, and so is all that is defined at run time. */
function offerOf(path: string): Offer {
  const [, , group = "", version] = path.split("/");
  const routed = path.startsWith("/apis") ? version !== undefined && isBuiltInGroup(group) : true;
  return routed ? routedOffer : directOffer;
}

function sendAggregated(context: RequestContext, json: Buffer, format: Format): void {
  const { exchange } = context;
  const bytes = inFormat(json, format);
  const type = `${contentTypes[format]};${aggregatedParameters}`;
  const headers = { ...responseHeaders(context, type), etag: etagOf(json), vary: "Accept" };
  const known = exchange.header("if-none-match") === headers.etag;
  exchange.send(known ? 304 : 200, headers, known ? Buffer.alloc(0) : bytes);
}

/** By the JSON that they were made of. */
const made = new WeakMap<Buffer, Map<Format, Buffer>>();

function inFormat(json: Buffer, format: Format): Buffer {
  if (format === "json") return json;
  let known = made.get(json);
  if (!known) {
    known = new Map();
    made.set(json, known);
  }
  let bytes = known.get(format);
  if (!bytes) {
    const document = JSON.parse(json.toString()) as KubeObject;
    bytes = format === "yaml" ? encodeAs("yaml", document, "") : encodeProtobuf(document);
    known.set(format, bytes);
  }
  return bytes;
}

function encodeProtobuf(document: KubeObject): Buffer {
  const { apiVersion = "", kind = "" } = document;
  return encodeEnvelope({ apiVersion, kind }, encodeDiscovery(document, kind));
}
