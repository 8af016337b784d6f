/** What all reviews share: read the question, send it back with the answer. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceContext } from "../../context.ts";
import { ask } from "../../negotiation/negotiate.ts";
import { encodeFresh } from "../../negotiation/objects.ts";
import { admitObject } from "../../write/admit.ts";
import { trackFields } from "../../write/tracking.ts";
import { bodyKindOf, readObject } from "../body.ts";
import { ensureOne, withoutTable } from "../offer.ts";
import { sendBytes } from "../send.ts";
import { parseWriteOptions, writeRequestOf } from "../write-options.ts";

export async function readReview<T>(context: ResourceContext): Promise<T & KubeObject> {
  const options = parseWriteOptions(context, "CreateOptions");
  const review = await readObject(context, bodyKindOf(context), options.validation);
  review.metadata ??= {};
  const write = writeRequestOf(context, options);
  await trackFields(write, review, undefined);
  await admitObject(write, review);
  return review as T & KubeObject;
}

export function sendReview(context: ResourceContext, review: KubeObject): void {
  const { exchange, resource } = context;
  const asked = ask(exchange.header("accept"), withoutTable);
  ensureOne(context, asked);
  sendBytes(context, 201, asked.form.contentType, encodeFresh(review, resource, asked.form, "Metadata"));
}
