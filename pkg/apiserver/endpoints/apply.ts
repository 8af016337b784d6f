/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import { decodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, invalidObject } from "#pkg/apimachinery/status-error.ts";
import { required } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../context.ts";
import { isTrue } from "../http/request-info.ts";
import { type ApplyPiece, apply } from "../pieces.ts";
import { createObject, ensureNamespace } from "../write/create.ts";
import type { Outcome } from "../write/request.ts";
import { nameMismatch, updateObject } from "../write/update.ts";
import { bodyKindOf } from "./body.ts";
import { type WriteOptions, writeRequestOf } from "./write-options.ts";

export async function applyPatch(context: ResourceContext, body: Buffer, options: WriteOptions): Promise<Outcome> {
  const { resource, request, info, services } = context;
  if (!info.query.get("fieldManager")) {
    const error = required("fieldManager", "is required for apply patch");
    throw invalidObject({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [error]);
  }
  const read = (): KubeObject => readPatch(context, body, options);
  const write = writeRequestOf(context, options);
  const common = {
    manager: options.manager,
    force: isTrue(info.query.get("force")),
    apiVersion: resource.apiVersion,
    subresource: request.subresource,
    now: new Date(services.clock.now()),
    type: resource.storedDef.type,
  };
  const serverSide = (apply as ApplyPiece).applyServerSide;
  const createMissing = () =>
    createObject({ ...write, name: "" }, serverSide({ ...common, patch: read() }), { tracked: true });
  return updateObject(write, (live) => serverSide({ ...common, live: live as KubeObject, patch: read() }), {
    tracked: true,
    ...(request.subresource === "" ? { createMissing } : {}),
  });
}

function readPatch(context: ResourceContext, body: Buffer, options: WriteOptions): KubeObject {
  const { resource, request } = context;
  const decoded = decodeObject(body, {
    ...bodyKindOf(context),
    fieldValidation: options.validation,
    mediaType: "application/yaml",
  });
  context.warnings.push(...decoded.warnings);
  const { object } = decoded;
  object.metadata ??= {};
  if (object.metadata.managedFields?.length) throw badRequest("metadata.managedFields must be nil");
  object.metadata.name ||= request.name;
  if (object.metadata.name !== request.name) throw badRequest(nameMismatch(object.metadata.name, request.name));
  ensureNamespace(writeRequestOf(context, options), object.metadata);
  return resource.conversion?.toStored(object) ?? object;
}
