/** LIST: the stored bytes with separators between them, written as fast as the client reads. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ListPage, StoredObject } from "#pkg/storage/types.ts";
import type { ResourceContext } from "../context.ts";
import { ask } from "../negotiation/negotiate.ts";
import {
  encodeAs,
  jsonOf,
  listMessage,
  listMessageBytes,
  partialMetadata,
  servedObject,
} from "../negotiation/objects.ts";
import { itemBytesOf, type ProtobufList, protobufListPieces } from "../negotiation/protobuf-list.ts";
import type { Representation } from "../negotiation/representation.ts";
import { tableObjectsOf, tableOf } from "../negotiation/tables.ts";
import { ExpiredContinueError, encodeContinue } from "./continue-token.ts";
import { type ListRequest, parseListOptions } from "./list-options.ts";
import { ensureList, offerOfList } from "./offer.ts";
import { sendPieces } from "./pieces.ts";
import { parseSelection, type Selection } from "./selectors.ts";
import { sendBytes } from "./send.ts";

export async function list(context: ResourceContext): Promise<void> {
  const { resource, info, exchange } = context;
  ask(exchange.header("accept"), offerOfList(resource));
  const options = parseListOptions(info.query);
  await sendPage(context, await readPage(context, options, parseSelection(info.query, resource)));
}

/** Objects as a list in the form that the client asked for. */
export async function sendPage(context: ResourceContext, page: ListPage): Promise<void> {
  const asked = ask(context.exchange.header("accept"), offerOfList(context.resource));
  ensureList(context, asked);
  const { form } = asked;
  if (form.view === "object" && form.format === "json") {
    await sendPieces(context, form.contentType, jsonPieces(context, page, metadataOf(context, page, form)));
    return;
  }
  if (form.format === "protobuf" && form.view !== "table") await sendProtobuf(context, page, form);
  else sendBytes(context, 200, form.contentType, encodePage(context, page, form));
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

const comma = Buffer.from(",");
const brace = Buffer.from("{");
const listTail = Buffer.from("]}\n");

function* jsonPieces(
  context: ResourceContext,
  { items }: ListPage,
  metadata: ListMetadata,
): Generator<Buffer, void, void> {
  const { resource } = context;
  const { kind, apiVersion } = identityOf(context);
  yield Buffer.from(
    `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`,
  );
  // Items of built-in lists do not repeat what the list says of their kind.
  const repeated = resource.isCustom
    ? undefined
    : Buffer.from(`{"kind":${JSON.stringify(resource.def.kind)},"apiVersion":${JSON.stringify(apiVersion)},`);
  for (let i = 0; i < items.length; i++) {
    const bytes = jsonOf(items[i] as StoredObject, resource);
    if (i > 0) yield comma;
    if (repeated && startsWith(bytes, repeated)) {
      yield brace;
      yield bytes.subarray(repeated.length);
    } else yield bytes;
  }
  yield listTail;
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length > prefix.length && bytes.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}

/** Messages of a list whose stored objects are larger than this together are not kept, bytes. */
const keptBytesMax = 16 * 1024 * 1024;

async function sendProtobuf(context: ResourceContext, page: ListPage, form: Representation): Promise<void> {
  const { resource, exchange } = context;
  const { items } = page;
  const isKept = items.reduce((sum, { bytes }) => sum + bytes.length, 0) <= keptBytesMax;
  const list: ProtobufList = {
    identity: form.view === "metadata" ? partialIdentity(form) : identityOf(context),
    metadata: metadataOf(context, page, form),
    count: items.length,
    bytesOf: (at) => listMessageBytes(items[at] as StoredObject, { resource, form, isKept }),
    message: (at) => listMessage(items[at] as StoredObject, { resource, form, isKept }),
  };
  const itemBytes = await itemBytesOf(list, exchange.signal);
  if (itemBytes === undefined) return;
  await sendPieces(context, form.contentType, protobufListPieces(list, itemBytes));
}

const partialIdentity = ({ viewVersion }: Representation) => ({
  kind: "PartialObjectMetadataList",
  apiVersion: viewVersion,
});

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
    return encodeAs(
      form.format,
      { ...partialIdentity(form), metadata, items: objects().map((object) => partialMetadata(object, form)) },
      "",
    );
  }
  const items = resource.isCustom ? objects() : objects().map(({ kind: _, apiVersion: __, ...rest }) => rest);
  return encodeAs(form.format, { ...identityOf(context), metadata, items }, "");
}
