/** What all reviews share: read the question, send it back with the answer. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceContext } from "../../context.ts";
import { encodeAs } from "../../negotiation/objects.ts";
import { negotiate } from "../../negotiation/representation.ts";
import { admitObject } from "../../write/admit.ts";
import { trackFields } from "../../write/tracking.ts";
import { bodyKindOf, readObject } from "../body.ts";
import { offerOf } from "../offer.ts";
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
  const form = negotiate(context.exchange.header("accept"), { ...offerOf(context.resource), views: false });
  sendBytes(context, 201, form.contentType, encodeAs(form.format, review, context.resource.def.type));
}
