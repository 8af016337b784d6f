/** GET of one object: the stored bytes, unless the client wants another form. */
import { badRequest, notFound } from "#pkg/apimachinery/status-error.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ResourceContext } from "../context.ts";
import { isTrue } from "../http/request-info.ts";
import { encodeStored } from "../negotiation/objects.ts";
import { plainJson } from "../negotiation/representation.ts";
import { tableObjectsOf } from "../negotiation/tables.ts";
import { parseGetOptions } from "./list-options.ts";
import { askOne, ensureOne } from "./offer.ts";
import { sendBytes } from "./send.ts";

export async function get(context: ResourceContext): Promise<void> {
  const { resource, request, info } = context;
  ensureNoExport(info.query);
  const asked = askOne(context);
  const { form } = asked;
  const stored = await resource.store.get(resource.keyOf(request.namespace, request.name), parseGetOptions(info.query));
  if (!stored) throw notFound(resource.groupResource, request.name);
  ensureOne(context, asked);
  if (form === plainJson)
    sendBytes(context, 200, form.contentType, resource.conversion ? plain(context, stored) : stored.bytes);
  else sendBytes(context, 200, form.contentType, encodeStored(stored, resource, form, tableObjectsOf(info.query)));
}

/** What is gone for good is told, since who asks for it relies on it. Throws 400. */
function ensureNoExport(query: URLSearchParams): void {
  const value = query.get("export");
  if (value === null || !isTrue(value)) return;
  throw badRequest("the export parameter, deprecated since v1.14, is no longer supported");
}

const plain = ({ resource }: ResourceContext, stored: StoredObject): Buffer =>
  encodeStored(stored, resource, plainJson, "Metadata");
