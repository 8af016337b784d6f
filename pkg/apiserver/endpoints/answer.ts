/** The answer to a write: the object as it is now, in the form the client asked for. */
import type { ResourceContext } from "../context.ts";
import { encodeFresh, encodeStored } from "../negotiation/objects.ts";
import type { Representation } from "../negotiation/representation.ts";
import { tableObjectsOf } from "../negotiation/tables.ts";
import type { Outcome } from "../write/request.ts";
import { askOne, ensureOne } from "./offer.ts";
import { sendBytes } from "./send.ts";

/** Asked before the write, so that a 406 changes nothing. */
export function formOf(context: ResourceContext): Representation {
  const asked = askOne(context);
  ensureOne(context, asked);
  return asked.form;
}

export function answer(context: ResourceContext, form: Representation, outcome: Outcome): void {
  const { resource, info } = context;
  const rows = tableObjectsOf(info.query);
  const bytes =
    outcome.kind === "stored"
      ? encodeStored(outcome.stored, resource, form, rows)
      : encodeFresh(resource.conversion?.toServed(outcome.object) ?? outcome.object, resource, form, rows);
  sendBytes(context, outcome.created ? 201 : 200, form.contentType, bytes);
}
