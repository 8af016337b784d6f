/** The object in a request's body. */
import {
  cannotBeHandled,
  type DecodedObject,
  DecodeError,
  decodeObject,
  decodeObjectValue,
  type FieldValidation,
  unrecognized,
} from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { decodeEnvelope, decodeMessage, isEnvelope, notEnvelope } from "#pkg/apimachinery/protobuf/index.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import { bodyTypeOf } from "../negotiation/representation.ts";
import { offerOf } from "./offer.ts";

export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: string | undefined;
  /** Older versions of the same form, which clients may send as well. */
  readonly olderVersions?: readonly string[];
}

export const bodyKindOf = ({ resource }: ResourceContext): BodyKind => ({
  group: resource.def.group,
  version: resource.def.version,
  kind: resource.def.kind,
  type: resource.isCustom ? undefined : resource.def.type,
});

/** Reads and decodes the body as an object of `kind`. Throws 400, 413, 415. */
export async function readObject(
  context: ResourceContext,
  kind: BodyKind,
  validation: FieldValidation,
): Promise<KubeObject> {
  const { exchange, resource } = context;
  const type = bodyTypeOf(exchange.header("content-type"), offerOf(resource).protobuf);
  const body = await exchange.readBody(bodyBytesMax);
  const { olderVersions = [], ...newest } = kind;
  if (type === "protobuf" && !isEnvelope(body)) throw unrecognized(body, kind.kind, notEnvelope);
  const mediaType = type === "yaml" ? "application/yaml" : "application/json";
  const read = (one: BodyKind) =>
    type === "protobuf" ? decodeProtobuf(body, one) : decodeBody(context, body, { ...one, validation, mediaType });
  try {
    return read(newest);
  } catch (error) {
    for (const version of olderVersions) {
      try {
        return read({ ...newest, version });
      } catch {
        // What is wrong with it as the newest is told.
      }
    }
    throw error;
  }
}

export interface BodyOptions extends BodyKind {
  readonly validation: FieldValidation;
  readonly mediaType: "application/json" | "application/yaml";
}

/** As `decodeBody`, for what a patch made: wrong types and unknown fields are told or refused the same way. */
export function decodeMade(
  context: ResourceContext,
  value: unknown,
  { validation, ...kind }: Omit<BodyOptions, "mediaType">,
): KubeObject {
  return settle(context, kind, validation, (fieldValidation) => decodeObjectValue(value, { ...kind, fieldValidation }));
}

/** Decodes, and tells or refuses what the kind does not have. Throws 400. */
export function decodeBody(context: ResourceContext, body: Buffer, { validation, ...kind }: BodyOptions): KubeObject {
  return settle(context, kind, validation, (fieldValidation) => decodeObject(body, { ...kind, fieldValidation }));
}

function settle(
  context: ResourceContext,
  kind: BodyKind,
  validation: FieldValidation,
  decode: (validation: FieldValidation) => DecodedObject,
): KubeObject {
  const { custom } = context.resource;
  if (!custom || kind.kind !== context.resource.def.kind) {
    const decoded = decode(validation);
    context.warnings.push(...decoded.warnings);
    return decoded.object;
  }
  // What a custom resource does not have is known only after its schema was asked: then it counts like the rest.
  const { object, warnings } = decode(validation === "Ignore" ? "Ignore" : "Warn");
  const unknown = custom.prune(object).map((path) => `unknown field ${JSON.stringify(path)}`);
  const found = validation === "Ignore" ? [] : [...warnings, ...unknown];
  if (found.length > 0 && validation === "Strict") {
    throw cannotBeHandled(kind, kind.kind, new DecodeError(`strict decoding error: ${found.join(", ")}`));
  }
  context.warnings.push(...found);
  return object;
}

function decodeProtobuf(body: Buffer, { group, version, kind, type }: BodyKind): KubeObject {
  const { apiVersion, kind: found, raw } = decodeEnvelope(body);
  const wanted = group === "" ? version : `${group}/${version}`;
  if (type === undefined || (apiVersion !== "" && apiVersion !== wanted) || (found !== "" && found !== kind)) {
    throw badRequest(`${found} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${kind}`);
  }
  const object = decodeMessage(raw, type) as KubeObject;
  // Identity first, as in objects that came as JSON: lists leave it out of their items by its place.
  return { kind, apiVersion: wanted, ...(object as object), metadata: object.metadata ?? {} };
}
