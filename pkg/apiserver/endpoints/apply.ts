/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import { applyServerSide } from "#pkg/apimachinery/apply/index.ts";
import { decodeObject, normalize } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, invalidObject } from "#pkg/apimachinery/status-error.ts";
import { required } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../context.ts";
import { isTrue } from "../http/request-info.ts";
import { createObject, ensureNamespace } from "../write/create.ts";
import type { Outcome } from "../write/request.ts";
import { nameMismatch, updateObject } from "../write/update.ts";
import { bodyKindOf } from "./body.ts";
import { type WriteOptions, writeRequestOf } from "./write-options.ts";

export async function applyPatch(context: ResourceContext, body: Buffer, options: WriteOptions): Promise<Outcome> {
  const { request, info } = context;
  if (!info.query.get("fieldManager")) {
    const error = required("fieldManager", "is required for apply patch");
    throw invalidObject({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [error]);
  }
  const config = readConfig(context, body, options);
  const write = writeRequestOf(context, options);
  const createMissing = () =>
    createObject({ ...write, name: "" }, applied(context, options, { config, live: undefined }), { tracked: true });
  return updateObject(write, (live) => applied(context, options, { config, live }), {
    tracked: true,
    ...(request.subresource === "" ? { createMissing } : {}),
  });
}

interface Applied {
  readonly config: KubeObject;
  readonly live: Readonly<KubeObject> | undefined;
}

/** The object as it is stored after the apply, defaults filled in as for any other write. */
function applied(context: ResourceContext, options: WriteOptions, { config, live: stored }: Applied): KubeObject {
  const { resource, request, info, services } = context;
  const live = stored && (resource.conversion?.toServed(stored as KubeObject) ?? stored);
  const next = applyServerSide({
    live,
    config,
    manager: options.manager,
    force: isTrue(info.query.get("force")),
    apiVersion: resource.apiVersion,
    subresource: request.subresource,
    now: new Date(services.clock.now()),
    kind: resource.applied,
  });
  if (stored && live && sameJson(next, live)) return cloneJson(stored) as KubeObject;
  if (resource.isCustom) return next;
  const { apiVersion, kind } = live ?? config;
  const whole = { apiVersion, kind, ...normalize(next, resource.def.type) } as KubeObject;
  const complete = resource.conversion?.toStored(whole) ?? whole;
  resource.strategy.applyDefaults?.(complete);
  return complete;
}

/** Exactly what was sent, without defaults: all that it names is the applier's. Throws what decoding it would throw. */
function readConfig(context: ResourceContext, body: Buffer, options: WriteOptions): KubeObject {
  const { resource, request } = context;
  const kind = bodyKindOf(context);
  const how = { fieldValidation: options.validation, mediaType: "application/yaml" } as const;
  context.warnings.push(...decodeObject(body, { ...kind, ...how }).warnings);
  const { object } = decodeObject(body, { ...kind, ...how, type: undefined, fieldValidation: "Ignore" });
  object.metadata ??= {};
  if (object.metadata.managedFields?.length) throw badRequest("metadata.managedFields must be nil");
  object.metadata.name ||= request.name;
  if (object.metadata.name !== request.name) throw badRequest(nameMismatch(object.metadata.name, request.name));
  ensureNamespace(writeRequestOf(context, options), object.metadata);
  return withoutForeignPart(context, object);
}

/** What the endpoint will put back anyway is not the applier's to own. */
function withoutForeignPart({ resource, request }: ResourceContext, config: KubeObject): KubeObject {
  if (!resource.hasStatus) return config;
  const { status, ...rest } = config as KubeObject & { status?: unknown };
  if (request.subresource === "") return rest as KubeObject;
  if (request.subresource !== "status") return config;
  const { apiVersion, kind, metadata } = config;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) } as KubeObject;
}
