/** LIST: the stored bytes with separators between them, written as fast as the client reads. */
import { createGzip, type Gzip } from "node:zlib";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ListPage, StoredObject } from "#pkg/storage/types.ts";
import { type ResourceContext, responseHeaders } from "../context.ts";
import type { Sink } from "../http/exchange.ts";
import { encodeAs, jsonOf, messageOf, partialMessage, partialMetadata, servedObject } from "../negotiation/objects.ts";
import { encodeProtobufList } from "../negotiation/protobuf-list.ts";
import { negotiate, type Representation } from "../negotiation/representation.ts";
import { tableObjectsOf, tableOf } from "../negotiation/tables.ts";
import { ExpiredContinueError, encodeContinue } from "./continue-token.ts";
import { type ListRequest, parseListOptions } from "./list-options.ts";
import { offerAs } from "./offer.ts";
import { parseSelection, type Selection } from "./selectors.ts";
import { acceptsGzip, gzipBytesMin, gzipLevel, sendBytes } from "./send.ts";

export async function list(context: ResourceContext): Promise<void> {
  const { resource, info, exchange } = context;
  negotiate(exchange.header("accept"), offerAs(resource, "list"));
  const options = parseListOptions(info.query);
  await sendPage(context, await readPage(context, options, parseSelection(info.query, resource)));
}

/** Objects as a list in the form that the client asked for. */
export async function sendPage(context: ResourceContext, page: ListPage): Promise<void> {
  const form = negotiate(context.exchange.header("accept"), offerAs(context.resource, "list"));
  if (form.view === "object" && form.format === "json") {
    await streamJson(context, page, metadataOf(context, page, form));
    return;
  }
  sendBytes(context, 200, form.contentType, encodePage(context, page, form));
}

/** One page; a continue token whose state is gone becomes a 410 with a token to go on. */
export async function readPage(
  context: ResourceContext,
  options: ListRequest,
  selection: Selection,
): Promise<ListPage> {
  const { resource, request } = context;
  const prefix = resource.prefixOf(request.namespace);
  try {
    return await resource.store.list({
      prefix,
      at: options.at,
      signal: context.exchange.signal,
      ...(options.token ? { after: prefix + options.token.after } : {}),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(selection.match ? { match: selection.match } : {}),
      ...(selection.fields ? { fields: selection.fields } : {}),
    });
  } catch (error) {
    if (options.token && error instanceof StatusError && error.reason === "Expired") {
      throw new ExpiredContinueError(options.token.after);
    }
    throw error;
  }
}

interface ListMetadata {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** Lists of custom resources say that they are whole; views of them do not. */
function metadataOf({ resource, request }: ResourceContext, page: ListPage, { view }: Representation): ListMetadata {
  const metadata: ListMetadata = { resourceVersion: String(page.revision) };
  if (page.continueAfter !== undefined) {
    const after = page.continueAfter.slice(resource.prefixOf(request.namespace).length);
    metadata.continue = encodeContinue({ revision: page.revision, after });
    if (page.remaining !== undefined) metadata.remainingItemCount = page.remaining;
  } else if (resource.isCustom && view === "object") metadata.continue = "";
  return metadata;
}

const identityOf = ({ resource }: ResourceContext) => ({
  kind: resource.def.listKind ?? `${resource.def.kind}List`,
  apiVersion: resource.apiVersion,
});

/** How much is gathered into one write, bytes. */
const chunkBytes = 256 * 1024;
const comma = Buffer.from(",");
const brace = Buffer.from("{");

async function streamJson(context: ResourceContext, page: ListPage, metadata: ListMetadata): Promise<void> {
  const { resource, exchange } = context;
  const { kind, apiVersion } = identityOf(context);
  const head = Buffer.from(
    `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`,
  );
  // Items of built-in lists do not repeat what the list says of their kind.
  const repeated = resource.isCustom
    ? undefined
    : Buffer.from(`{"kind":${JSON.stringify(resource.def.kind)},"apiVersion":${JSON.stringify(apiVersion)},`);
  const { items } = page;
  const parts: Buffer[] = [head];
  let size = head.length;
  let writer: Writer | undefined;
  for (let i = 0; i < items.length; i++) {
    const bytes = jsonOf(items[i] as StoredObject, resource);
    if (i > 0) parts.push(comma);
    if (repeated && startsWith(bytes, repeated)) parts.push(brace, bytes.subarray(repeated.length));
    else parts.push(bytes);
    size += bytes.length;
    if (size < chunkBytes) continue;
    writer ??= startWriter(context);
    if (!writer.write(Buffer.concat(parts))) await writer.drained();
    if (exchange.signal.aborted) return;
    parts.length = 0;
    size = 0;
  }
  parts.push(listTail);
  if (!writer) sendBytes(context, 200, "application/json", Buffer.concat(parts));
  else writer.end(Buffer.concat(parts));
}

const listTail = Buffer.from("]}\n");

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length > prefix.length && bytes.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}

interface Writer {
  /** False: wait for `drained` before writing more. */
  write(chunk: Buffer): boolean;
  drained(): Promise<void>;
  end(chunk: Buffer): void;
}

/** A list that is written in pieces is larger than what upstream compresses from. */
function startWriter(context: ResourceContext): Writer {
  const headers = responseHeaders(context, "application/json");
  if (chunkBytes < gzipBytesMin || !acceptsGzip(context.exchange))
    return plainWriter(context.exchange.stream(200, headers));
  headers["content-encoding"] = "gzip";
  headers["vary"] = "Accept-Encoding";
  return gzipWriter(context.exchange.stream(200, headers), context.exchange.signal);
}

function plainWriter(sink: Sink): Writer {
  return {
    write: (chunk) => sink.write(chunk),
    drained: () => new Promise((resolve) => sink.onDrain(resolve)),
    end(chunk) {
      sink.write(chunk);
      sink.end();
    },
  };
}

function gzipWriter(sink: Sink, signal: AbortSignal): Writer {
  const packer: Gzip = createGzip({ level: gzipLevel });
  packer.on("data", (chunk: Buffer) => {
    if (sink.write(chunk) || sink.closed) return;
    packer.pause();
    sink.onDrain(() => packer.resume());
  });
  packer.on("end", () => sink.end());
  packer.on("error", () => sink.end());
  const drop = () => packer.destroy();
  signal.addEventListener("abort", drop, { once: true });
  return {
    write: (chunk) => packer.destroyed || packer.write(chunk),
    drained: () =>
      new Promise((resolve) => {
        packer.once("drain", resolve);
        packer.once("close", resolve);
      }),
    end: (chunk) => {
      if (!packer.destroyed) packer.end(chunk);
    },
  };
}

function encodePage(context: ResourceContext, page: ListPage, form: Representation): Buffer {
  const { resource, info } = context;
  const metadata = metadataOf(context, page, form);
  const objects = () => page.items.map((item) => servedObject(item, resource));
  if (form.view === "table") {
    const table = tableOf(resource, objects(), {
      metadata,
      objects: tableObjectsOf(info.query),
      apiVersion: form.viewVersion,
    });
    return encodeAs(form.format, table, "meta/v1.Table");
  }
  if (form.view === "metadata") {
    const identity = { kind: "PartialObjectMetadataList", apiVersion: form.viewVersion };
    if (form.format === "protobuf") {
      const items = page.items.map((item) => partialMessage(item, resource, form));
      return encodeProtobufList(identity, metadata, items);
    }
    return encodeAs(
      form.format,
      { ...identity, metadata, items: objects().map((object) => partialMetadata(object, form)) },
      "",
    );
  }
  if (form.format === "protobuf") {
    return encodeProtobufList(
      identityOf(context),
      metadata,
      page.items.map((item) => messageOf(item, resource)),
    );
  }
  const items = resource.isCustom ? objects() : objects().map(({ kind: _, apiVersion: __, ...rest }) => rest);
  return encodeAs(form.format, { ...identityOf(context), metadata, items }, "");
}
