/** The object in a request's body. */
import {
  cannotBeHandled,
  type DecodedObject,
  DecodeError,
  decodeObject,
  decodeObjectValue,
  type FieldValidation,
  kindMismatch,
  kindOf,
  printGroupVersion,
  unrecognized,
} from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import {
  decodeEnvelope,
  decodeMessage,
  type Envelope,
  ProtobufError,
  typeOfKind,
} from "#pkg/apimachinery/protobuf/index.ts";
import type { ResourceContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import { bodyTypeOf, unsupportedMediaType } from "../negotiation/body-type.ts";
import { offered } from "../negotiation/negotiate.ts";

export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: string | undefined;
  /** Older versions of the same form, which clients may send as well. */
  readonly olderVersions?: readonly string[];
}

export const bodyKindOf = ({ resource }: Pick<ResourceContext, "resource">): BodyKind => ({
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
  const { exchange } = context;
  const type = bodyTypeOf(exchange.header("content-type"));
  if (type === "protobuf" && kind.type === undefined) throw unsupportedMediaType(offered);
  const body = await exchange.readBody(bodyBytesMax);
  const { olderVersions = [], ...newest } = kind;
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

export interface MadeOptions extends Omit<BodyOptions, "mediaType"> {
  /** Names of members that were decoded when they were stored; the result shares them. */
  readonly kept?: ReadonlySet<string> | undefined;
}

/** As `decodeBody`, for what a patch made: wrong types and unknown fields are told or refused the same way. */
export function decodeMade(
  context: Pick<ResourceContext, "resource" | "warnings">,
  value: unknown,
  { validation, kept, ...kind }: MadeOptions,
): KubeObject {
  const decode = (fieldValidation: FieldValidation) => decodeObjectValue(value, { ...kind, fieldValidation, kept });
  return settle(context, kind, validation, decode);
}

/** Decodes, and tells or refuses what the kind does not have. Throws 400. */
export function decodeBody(context: ResourceContext, body: Buffer, { validation, ...kind }: BodyOptions): KubeObject {
  return settle(context, kind, validation, (fieldValidation) => decodeObject(body, { ...kind, fieldValidation }));
}

function settle(
  context: Pick<ResourceContext, "resource" | "warnings">,
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

function decodeProtobuf(body: Buffer, expected: BodyKind): KubeObject {
  const envelope = openEnvelope(body, expected.kind);
  const declared = kindOf(envelope, expected);
  // A version that is none is taken for none.
  const actual = typeof declared === "string" ? { ...expected, kind: envelope.kind || expected.kind } : declared;
  const mismatch = kindMismatch(actual, expected);
  const { kind } = expected;
  const apiVersion = printGroupVersion(expected);
  try {
    const type = mismatch ? typeOfKind({ apiVersion: printGroupVersion(actual), kind: actual.kind }) : expected.type;
    // What is no message of its own kind is told before that the kind is not the right one.
    const object = type === undefined ? undefined : (decodeMessage(envelope.raw, type) as KubeObject);
    if (mismatch || !object) throw mismatch ?? unsupportedMediaType(offered);
    // Identity first, as in objects that came as JSON: lists leave it out of their items by its place.
    return { kind, apiVersion, ...(object as object), metadata: object.metadata ?? {} };
  } catch (error) {
    if (error instanceof ProtobufError) throw cannotBeHandled(actual, kind, new DecodeError(error.message));
    throw error;
  }
}

function openEnvelope(body: Buffer, kind: string): Envelope {
  try {
    return decodeEnvelope(body);
  } catch (error) {
    if (error instanceof ProtobufError) throw unrecognized(body, kind, error.message);
    throw error;
  }
}
