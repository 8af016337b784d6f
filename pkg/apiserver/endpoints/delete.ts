/** DELETE of one object, and of all that a selector matches. */
import type { DeleteOptions } from "#api/types/meta/v1";
import { splitKey } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../context.ts";
import { ask } from "../negotiation/negotiate.ts";
import { encodeFresh } from "../negotiation/objects.ts";
import { answersWithObject } from "../resources/deletion-answer.ts";
import { type DeleteOutcome, deleteObject } from "../write/delete.ts";
import { readDeleteOptions } from "./delete-options.ts";
import { readPage, sendPage } from "./list.ts";
import { parseListOptions } from "./list-options.ts";
import { askOne, ensureList, ensureOne, offerOf } from "./offer.ts";
import { parseSelection } from "./selectors.ts";
import { sendBytes, sendStatus } from "./send.ts";
import { writeRequestOf } from "./write-options.ts";

export async function remove(context: ResourceContext): Promise<void> {
  const { resource, request } = context;
  const asked = askOne(context);
  const { form } = asked;
  const options = await readDeleteOptions(context);
  context.warnings.push(...(resource.strategy.warningsOnDelete?.(options) ?? []));
  const write = writeRequestOf(context, { dryRun: isDryRun(options) });
  const outcome = await deleteObject(write, options);
  const asObject = !outcome.gone || answersWithObject(resource.def);
  if (!asObject) {
    sendStatus(context, 200, form, deletedStatus(context, request.name, outcome));
    return;
  }
  ensureOne(context, asked);
  const object = resource.conversion?.toServed(outcome.object) ?? outcome.object;
  const accepted = !outcome.gone && options.orphanDependents === false;
  sendBytes(context, accepted ? 202 : 200, form.contentType, encodeFresh(object, resource, form, "Metadata"));
}

function deletedStatus({ resource }: ResourceContext, name: string, { object }: DeleteOutcome): object {
  const { group, resource: kind } = resource.groupResource;
  const { uid } = object.metadata;
  const details = { name, ...(group ? { group } : {}), kind, ...(uid ? { uid } : {}) };
  return { status: "Success", details };
}

const isDryRun = ({ dryRun }: DeleteOptions): boolean => (dryRun?.length ?? 0) > 0;

/** How many deletions of a collection run at a time. */
const parallelDeletions = 16;

export async function removeCollection(context: ResourceContext): Promise<void> {
  const { resource, info, exchange } = context;
  ensureList(context, ask(exchange.header("accept"), offerOf(resource)));
  const options = await readDeleteOptions(context);
  context.warnings.push(...(resource.strategy.warningsOnDelete?.(options) ?? []));
  const page = await readPage(context, parseListOptions(info.query), parseSelection(info.query, resource));
  const queue = page.items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (exchange.signal.aborted) return;
      const { namespace, name } = splitKey(item.key.slice(resource.prefixOf("").length));
      const write = { ...writeRequestOf(context, { dryRun: isDryRun(options) }), namespace, name, unnamed: true };
      await deleteObject(write, options).catch((error: unknown) => {
        // Gone already is as good as deleted.
        if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: parallelDeletions }, worker));
  await sendPage(context, page);
}
