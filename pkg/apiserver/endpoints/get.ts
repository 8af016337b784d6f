/** GET of one object: the stored bytes, unless the client wants another form. */
import { notFound } from "#pkg/apimachinery/status-error.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ResourceContext } from "../context.ts";
import { encodeStored } from "../negotiation/objects.ts";
import { plainJson } from "../negotiation/representation.ts";
import { tableObjectsOf } from "../negotiation/tables.ts";
import { parseGetOptions } from "./list-options.ts";
import { askOne, ensureOne } from "./offer.ts";
import { sendBytes } from "./send.ts";

export async function get(context: ResourceContext): Promise<void> {
  const { resource, request, info } = context;
  const asked = askOne(context);
  const { form } = asked;
  const stored = await resource.store.get(resource.keyOf(request.namespace, request.name), parseGetOptions(info.query));
  if (!stored) throw notFound(resource.groupResource, request.name);
  ensureOne(context, asked);
  if (form === plainJson)
    sendBytes(context, 200, form.contentType, resource.conversion ? plain(context, stored) : stored.bytes);
  else sendBytes(context, 200, form.contentType, encodeStored(stored, resource, form, tableObjectsOf(info.query)));
}

const plain = ({ resource }: ResourceContext, stored: StoredObject): Buffer =>
  encodeStored(stored, resource, plainJson, "Metadata");
