/** POST to a collection. */
import type { ResourceContext } from "../context.ts";
import { createObject } from "../write/create.ts";
import { answer, formOf } from "./answer.ts";
import { bodyKindOf, readObject } from "./body.ts";
import { parseWriteOptions, writeRequestOf } from "./write-options.ts";

export async function create(context: ResourceContext): Promise<void> {
  const { resource } = context;
  const form = formOf(context);
  const options = parseWriteOptions(context, "CreateOptions");
  const sent = await readObject(context, bodyKindOf(context), options.validation);
  sent.metadata ??= {};
  const object = resource.conversion?.toStored(sent) ?? sent;
  answer(context, form, await createObject(writeRequestOf(context, options), object));
}
