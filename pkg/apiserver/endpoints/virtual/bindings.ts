/** POST to `bindings`: the older way to bind a pod, named by the body. */
import type { Binding } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../../context.ts";
import { admitObject } from "../../write/admit.ts";
import { ensureNamespace } from "../../write/create.ts";
import { bodyKindOf, readObject } from "../body.ts";
import { askOne } from "../offer.ts";
import { sendStatus } from "../send.ts";
import { bindPod } from "../subresources/binding.ts";
import { parseWriteOptions, writeRequestOf } from "../write-options.ts";

export async function createBinding(context: ResourceContext): Promise<void> {
  const { form } = askOne(context);
  const options = parseWriteOptions(context, "CreateOptions");
  const binding = (await readObject(context, bodyKindOf(context), options.validation)) as Binding & KubeObject;
  const write = writeRequestOf(context, options);
  ensureNamespace(write, binding.metadata);
  await admitObject(write, binding);
  const resource = context.services.table.ensure("", "v1", "pods");
  const { name } = binding.metadata;
  if (!name) throw badRequest("Name parameter required.");
  await bindPod({ ...write, resource, subresource: "binding", name }, binding);
  sendStatus(context, 201, form, { status: "Success", code: 201 });
}
