/** What a deletion asks for: in its body, or in its query when there is none. */
import type { DeleteOptions } from "#api/types/meta/v1";
import {
  DecodeError,
  decodeObject,
  kindOf,
  noKind,
  parseJsonValue,
  parseYamlBody,
  printGroupVersion,
} from "#pkg/apimachinery/codec/index.ts";
import { decodeEnvelope, decodeMessage, ProtobufError } from "#pkg/apimachinery/protobuf/index.ts";
import { badRequest, invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import { isTrue } from "../http/request-info.ts";
import { type BodyType, bodyTypeOf } from "../negotiation/body-type.ts";
import { integerOf } from "./query-numbers.ts";

const policies = ["Foreground", "Background", "Orphan"];

/** Throws 400, 413, 415, 422. */
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
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...policies, "nil"]));
  }
  if (dryRun?.some((v) => v !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  return options;
}

const decodeOptions = (body: Buffer, type: BodyType): DeleteOptions =>
  type === "protobuf" ? decodeProtobuf(body) : decodeText(body, type);

const kind = { group: "", version: "v1", kind: "DeleteOptions", type: "meta/v1.DeleteOptions" };

/** Clients send them under the group of the resource or as meta.k8s.io: the kind is what counts. */
function decodeText(body: Buffer, type: BodyType): DeleteOptions {
  const value = parseText(body, type);
  const declared = kindOf(value, kind);
  if (typeof declared === "string") throw badRequest(declared);
  if (declared.kind !== kind.kind) throw badRequest(noKind(declared.kind, printGroupVersion(declared)));
  const canonical = JSON.stringify({ ...(value as object | null), kind: kind.kind, apiVersion: kind.version });
  try {
    const how = { ...kind, fieldValidation: "Ignore", mediaType: "application/json" } as const;
    return decodeObject(Buffer.from(canonical), how).object as unknown as DeleteOptions;
  } catch (error) {
    if (error instanceof StatusError && error.cause instanceof DecodeError) throw badRequest(error.cause.message);
    throw error;
  }
}

function parseText(body: Buffer, type: BodyType): unknown {
  try {
    return type === "yaml" ? parseYamlBody(body) : parseJsonValue(body.toString());
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

function decodeProtobuf(body: Buffer): DeleteOptions {
  try {
    const { apiVersion, kind: declared, raw } = decodeEnvelope(body);
    if (declared !== "" && declared !== kind.kind) throw badRequest(noKind(declared, apiVersion));
    return decodeMessage(raw, kind.type) as DeleteOptions;
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(error.message);
    throw error;
  }
}

function optionsFrom(query: URLSearchParams): DeleteOptions {
  const gracePeriodSeconds = integerOf(query, "gracePeriodSeconds");
  const propagationPolicy = query.get("propagationPolicy");
  const orphan = query.get("orphanDependents");
  const dryRun = query.getAll("dryRun");
  const [uid, resourceVersion] = [query.get("uid"), query.get("resourceVersion")];
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
  };
}
