/** DELETE of one object, and of all that a selector matches. */
import type { DeleteOptions } from "#api/types/meta/v1";
import { decodeObject, noKind, parseJsonValue } from "#pkg/apimachinery/codec/index.ts";
import { splitKey } from "#pkg/apimachinery/object.ts";
import { decodeEnvelope, decodeMessage, ProtobufError } from "#pkg/apimachinery/protobuf/index.ts";
import { badRequest, invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import { isTrue } from "../http/request-info.ts";
import { type BodyType, bodyTypeOf } from "../negotiation/body-type.ts";
import { ask } from "../negotiation/negotiate.ts";
import { encodeFresh } from "../negotiation/objects.ts";
import { answersWithObject } from "../resources/deletion-answer.ts";
import { type DeleteOutcome, deleteObject } from "../write/delete.ts";
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

/** From the body, or from the query when there is none. Throws 400, 422. */
export async function readDeleteOptions(context: ResourceContext): Promise<DeleteOptions> {
  const { exchange, info } = context;
  const body = await exchange.readBody(bodyBytesMax);
  const options =
    body.length > 0 ? decodeOptions(body, bodyTypeOf(exchange.header("content-type"))) : optionsFrom(info.query);
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
  if (type === "protobuf") return decodeProtobuf(body);
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

/** Whatever group and version the options claim to be of. Throws 400. */
function decodeProtobuf(body: Buffer): DeleteOptions {
  try {
    const { apiVersion, kind, raw } = decodeEnvelope(body);
    if (kind !== "" && kind !== "DeleteOptions") throw badRequest(noKind(kind, apiVersion));
    return decodeMessage(raw, "meta/v1.DeleteOptions") as DeleteOptions;
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(error.message);
    throw error;
  }
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
