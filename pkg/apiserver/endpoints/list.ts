/** LIST: the stored bytes with separators between them, written as fast as the client reads. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ListPage, StoredObject } from "#pkg/storage/types.ts";
import type { ResourceContext } from "../context.ts";
import { partsOf } from "../negotiation/list-parts.ts";
import { jsonListPieces, yamlListPieces } from "../negotiation/list-pieces.ts";
import { ask } from "../negotiation/negotiate.ts";
import { jsonOf, listMessage, listMessageBytes } from "../negotiation/objects.ts";
import { itemBytesOf, type ProtobufList, protobufListPieces } from "../negotiation/protobuf-list.ts";
import type { Representation } from "../negotiation/representation.ts";
import { tableObjectsOf } from "../negotiation/tables.ts";
import { ExpiredContinueError, encodeContinue } from "./continue-token.ts";
import { type ListRequest, parseListOptions } from "./list-options.ts";
import { ensureList, offerOfList } from "./offer.ts";
import { sendPieces } from "./pieces.ts";
import { parseSelection, type Selection } from "./selectors.ts";

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
  if (form.format === "protobuf") await sendProtobuf(context, page, form);
  else await sendPieces(context, form.contentType, piecesOf(context, page, form));
}

function piecesOf(context: ResourceContext, page: ListPage, form: Representation): Iterable<Buffer> {
  const { resource, info } = context;
  const metadata = metadataOf(context, page, form);
  if (form.view === "object" && form.format === "json") return jsonPieces(context, page, metadata);
  const identity = form.view === "metadata" ? partialIdentity(form) : identityOf(context);
  const rows = form.view === "table" ? tableObjectsOf(info.query) : "None";
  const parts = partsOf(page.items, resource, { form, identity, metadata, rows });
  return form.format === "yaml" ? yamlListPieces(parts) : jsonListPieces(parts);
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
  const isKept = !resource.conversion || isKeepable(items);
  for (let i = 0; i < items.length; i++) {
    const bytes = jsonOf(items[i] as StoredObject, resource, isKept);
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

/** Other forms of a list's objects are not kept when the stored objects are larger than this together, bytes. */
const keptBytesMax = 16 * 1024 * 1024;

const isKeepable = (items: readonly StoredObject[]): boolean =>
  items.reduce((sum, { bytes }) => sum + bytes.length, 0) <= keptBytesMax;

async function sendProtobuf(context: ResourceContext, page: ListPage, form: Representation): Promise<void> {
  const { resource, exchange } = context;
  const { items } = page;
  const isKept = isKeepable(items);
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
