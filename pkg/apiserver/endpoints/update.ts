/** PUT of an object or of one of the subresources that show the same object. */
import { cloneJson } from "#pkg/apimachinery/json.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../context.ts";
import { createObject, ensureNamespace } from "../write/create.ts";

import { nameMismatch, nameUndeterminable, updateObject } from "../write/update.ts";
import { answer, formOf } from "./answer.ts";
import { bodyKindOf, readObject } from "./body.ts";
import { parseWriteOptions, writeRequestOf } from "./write-options.ts";

export async function update(context: ResourceContext): Promise<void> {
  const { resource, request } = context;
  const form = formOf(context);
  const options = parseWriteOptions(context, "UpdateOptions");
  const sent = await readObject(context, bodyKindOf(context), options.validation);
  sent.metadata ??= {};
  const object = resource.conversion?.toStored(sent) ?? sent;
  const write = writeRequestOf(context, options);
  ensureNamespace(write, object.metadata);
  if (!object.metadata.name) throw badRequest(nameUndeterminable(request.name));
  if (object.metadata.name !== request.name) throw badRequest(nameMismatch(object.metadata.name, request.name));
  resource.strategy.applyDefaults?.(object);
  const createMissing = () => createObject(write, cloneJson(object));
  const mayCreate = resource.strategy.allowCreateOnUpdate && request.subresource === "";
  const outcome = await updateObject(write, () => cloneJson(object), mayCreate ? { createMissing } : {});
  answer(context, form, outcome);
}
