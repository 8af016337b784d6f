/** DELETE of one object, and of all that a selector matches. */
import type { DeleteOptions } from "#api/types/meta/v1";
import { decodeObject, parseJsonValue } from "#pkg/apimachinery/codec/index.ts";
import { splitKey } from "#pkg/apimachinery/object.ts";
import { decodeEnvelope, decodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
import { badRequest, invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import { isTrue } from "../http/request-info.ts";
import { encodeFresh } from "../negotiation/objects.ts";
import { type BodyType, bodyTypeOf } from "../negotiation/representation.ts";
import { answersWithObject } from "../resources/deletion-answer.ts";
import { type DeleteOutcome, deleteObject } from "../write/delete.ts";
import { formOf } from "./answer.ts";
import { readPage, sendPage } from "./list.ts";
import { parseListOptions } from "./list-options.ts";
import { offerOf } from "./offer.ts";
import { parseSelection } from "./selectors.ts";
import { sendBytes, sendJson } from "./send.ts";
import { writeRequestOf } from "./write-options.ts";

export async function remove(context: ResourceContext): Promise<void> {
  const { resource, request } = context;
  const form = formOf(context);
  const options = await readDeleteOptions(context);
  context.warnings.push(...(resource.strategy.warningsOnDelete?.(options) ?? []));
  const write = writeRequestOf(context, { dryRun: isDryRun(options) });
  const outcome = await deleteObject(write, options);
  const asObject = !outcome.gone || answersWithObject(resource.def);
  if (!asObject) {
    sendJson(context, 200, deletedStatus(context, request.name, outcome));
    return;
  }
  const object = resource.conversion?.toServed(outcome.object) ?? outcome.object;
  const accepted = !outcome.gone && options.orphanDependents === false;
  sendBytes(context, accepted ? 202 : 200, form.contentType, encodeFresh(object, resource, form, "Metadata"));
}

function deletedStatus({ resource }: ResourceContext, name: string, { object }: DeleteOutcome): object {
  const { group, resource: kind } = resource.groupResource;
  const { uid } = object.metadata;
  const details = { name, ...(group ? { group } : {}), kind, ...(uid ? { uid } : {}) };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

const isDryRun = ({ dryRun }: DeleteOptions): boolean => (dryRun?.length ?? 0) > 0;

/** From the body, or from the query when there is none. Throws 400, 422. */
export async function readDeleteOptions(context: ResourceContext): Promise<DeleteOptions> {
  const { exchange, resource, info } = context;
  const body = await exchange.readBody(bodyBytesMax);
  const options =
    body.length > 0
      ? decodeOptions(body, bodyTypeOf(exchange.header("content-type"), offerOf(resource).protobuf))
      : optionsFrom(info.query);
  const errors = [];
  const { propagationPolicy, orphanDependents, dryRun } = options;
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(
      invalid("propagationPolicy", propagationPolicy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  if (propagationPolicy && !["Foreground", "Background", "Orphan"].includes(propagationPolicy)) {
    errors.push(notSupported("propagationPolicy", propagationPolicy, ["Foreground", "Background", "Orphan", "nil"]));
  }
  if (dryRun?.some((v) => v !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  return options;
}

function decodeOptions(body: Buffer, type: BodyType): DeleteOptions {
  if (type === "protobuf") return decodeMessage(decodeEnvelope(body).raw, "meta/v1.DeleteOptions") as DeleteOptions;
  const mediaType = type === "yaml" ? "application/yaml" : "application/json";
  // Clients send DeleteOptions under the group of the resource or as meta.k8s.io: the kind is what counts.
  const text = parseBody(body, mediaType);
  if (text["kind"] !== undefined && text["kind"] !== "DeleteOptions") {
    throw badRequest(
      `${String(text["kind"])} in version ${JSON.stringify(text["apiVersion"] ?? "")} cannot be handled as a DeleteOptions`,
    );
  }
  const canonical = Buffer.from(JSON.stringify({ ...text, kind: "DeleteOptions", apiVersion: "v1" }));
  const { object } = decodeObject(canonical, {
    group: "",
    version: "v1",
    kind: "DeleteOptions",
    type: "meta/v1.DeleteOptions",
    fieldValidation: "Ignore",
    mediaType: "application/json",
  });
  return object as unknown as DeleteOptions;
}

function parseBody(body: Buffer, mediaType: "application/json" | "application/yaml"): Record<string, unknown> {
  if (mediaType === "application/json") {
    try {
      return parseJsonValue(body.toString()) as Record<string, unknown>;
    } catch (error) {
      throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
    }
  }
  const { object } = decodeObject(body, {
    group: "",
    version: "v1",
    kind: "DeleteOptions",
    type: "meta/v1.DeleteOptions",
    fieldValidation: "Ignore",
    mediaType,
  });
  return object as unknown as Record<string, unknown>;
}

function optionsFrom(query: URLSearchParams): DeleteOptions {
  const grace = query.get("gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  const orphan = query.get("orphanDependents");
  const dryRun = query.getAll("dryRun").filter((v) => v !== "");
  return {
    ...(grace && /^-?\d+$/.test(grace) ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(policy ? { propagationPolicy: policy } : {}),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(dryRun.length > 0 ? { dryRun } : {}),
  };
}

/** How many deletions of a collection run at a time. */
const parallelDeletions = 16;

export async function removeCollection(context: ResourceContext): Promise<void> {
  const { resource, info, exchange } = context;
  formOf(context);
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
