/** The object in a request's body. */
import { decodeObject, type FieldValidation } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { decodeEnvelope, decodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
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
  if (type === "protobuf") return decodeProtobuf(body, kind);
  const decoded = decodeObject(body, {
    ...kind,
    fieldValidation: validation,
    mediaType: type === "yaml" ? "application/yaml" : "application/json",
  });
  context.warnings.push(...decoded.warnings);
  return decoded.object;
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
