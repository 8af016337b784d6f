/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import { applyServerSide } from "#pkg/apimachinery/apply/index.ts";
import { duplicateKeysOf, normalize, parseYamlBody } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import { keepMetadata } from "#pkg/registry/shared/kept-metadata.ts";
import type { ResourceContext } from "../context.ts";
import { isTrue } from "../http/request-info.ts";
import { createObject, ensureNamespace } from "../write/create.ts";
import type { Outcome } from "../write/request.ts";
import { nameMismatch, rulesOf, updateObject } from "../write/update.ts";
import { withOtherVersions } from "../write/versions.ts";
import { type WriteOptions, writeRequestOf } from "./write-options.ts";

export function applyPatch(context: ResourceContext, body: Buffer, options: WriteOptions): Promise<Outcome> {
  const check = () => checkDuplicates(context, body, options);
  return applyConfig(context, options, () => readConfig(context, body, options), check);
}

/** Keys that the body holds twice: refused with 400, told, or neither. */
function checkDuplicates({ warnings }: ResourceContext, body: Buffer, { validation }: WriteOptions): void {
  if (validation === "Ignore") return;
  const found = duplicateKeysOf(body);
  if (found.length === 0) return;
  if (validation === "Warn") warnings.push(...found);
  else {
    const lines = found.map((line) => `\n  ${line}`).join("");
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:${lines}`);
  }
}

/** Throws what reading and applying the configuration throw, then what `check` does: it is called each time that it is applied. */
export async function applyConfig(
  context: ResourceContext,
  options: WriteOptions,
  read: (context: ResourceContext) => KubeObject,
  check: () => void = () => undefined,
): Promise<Outcome> {
  const { request } = context;
  const config = read(context);
  const write = writeRequestOf(context, options);
  const createMissing = async () => {
    const created = await applied(context, options, { config, live: undefined });
    check();
    return createObject({ ...write, name: "" }, created, { tracked: true });
  };
  const change = async (live: Readonly<KubeObject>) => {
    const changed = await applied(context, options, { config, live });
    check();
    return changed;
  };
  return updateObject(write, change, {
    tracked: true,
    isPatch: true,
    ...(request.subresource === "" ? { createMissing } : {}),
  });
}

interface Applied {
  readonly config: KubeObject;
  readonly live: Readonly<KubeObject> | undefined;
}

/** The object as it is stored after the apply. */
async function applied(
  context: ResourceContext,
  options: WriteOptions,
  { config, live: stored }: Applied,
): Promise<KubeObject> {
  const { resource, request, info, services } = context;
  const live = stored && (resource.conversion?.toServed(stored as KubeObject) ?? stored);
  const next = await withOtherVersions(services.table, resource, (versionOf) =>
    applyServerSide({
      live,
      config,
      manager: options.manager,
      force: isTrue(info.query.get("force")),
      apiVersion: resource.apiVersion,
      subresource: request.subresource,
      now: new Date(services.clock.now()),
      kind: resource.applied,
      versionOf,
      unowned: unownedMembers(context),
    }),
  );
  return completed(context, next, { stored, live, config });
}

interface Known extends Applied {
  readonly stored: Readonly<KubeObject> | undefined;
}

/** Defaults filled in as for any other write. */
function completed({ resource }: ResourceContext, next: KubeObject, { stored, live, config }: Known): KubeObject {
  if (stored && live && sameJson(next, live)) return cloneJson(stored) as KubeObject;
  if (resource.isCustom) {
    const custom = resource.conversion?.toStored(next) ?? next;
    resource.strategy.applyDefaults?.(custom);
    return custom;
  }
  const { apiVersion, kind } = live ?? config;
  // In the order of all other writes: lists know the identity of their items by its place.
  const whole = { kind, apiVersion, ...normalize(next, resource.def.type) } as KubeObject;
  const complete = resource.conversion?.toStored(whole) ?? whole;
  resource.strategy.applyDefaults?.(complete);
  return complete;
}

/** Exactly what was sent, without defaults: all that it names is the applier's. Throws what decoding it would throw. */
function readConfig(context: ResourceContext, body: Buffer, options: WriteOptions): KubeObject {
  const { request } = context;
  const object = parseConfig(body);
  ensureKind(object, context);
  object.metadata ??= {};
  if (object.metadata.managedFields?.length) throw badRequest("metadata.managedFields must be nil");
  object.metadata.name ||= request.name;
  if (object.metadata.name !== request.name) throw badRequest(nameMismatch(object.metadata.name, request.name));
  if (object.metadata.namespace) ensureNamespace(writeRequestOf(context, options), object.metadata);
  return withoutForeignPart(context, object);
}

/** Throws 400. */
export function parseConfig(body: Buffer): KubeObject {
  let value: unknown;
  try {
    value = parseYamlBody(body);
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as KubeObject;
  throw badRequest("error decoding YAML: the configuration is not an object");
}

function ensureKind({ apiVersion = "", kind = "" }: KubeObject, { resource }: ResourceContext): void {
  if (apiVersion === resource.apiVersion && kind === resource.def.kind) return;
  if (apiVersion === "" || kind === "") {
    const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
    throw badRequest(`invalid object type: ${version}, Kind=${kind}`);
  }
  if (kind === resource.def.kind) return;
  const expected = resource.apiVersion.includes("/") ? resource.apiVersion : `/${resource.apiVersion}`;
  throw badRequest(
    `invalid object type: ${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}, expected ${expected}, Kind=${resource.def.kind}`,
  );
}

/** Members that this endpoint puts back. */
function unownedMembers({ resource, request }: ResourceContext): readonly string[] {
  if (request.subresource === "status") return ["spec"];
  if (request.subresource !== "") return [];
  return [...(resource.keepsStatus ? ["status"] : []), ...(resource.strategy.unowned ?? [])];
}

/** What the endpoint will put back anyway is not the applier's to own. */
function withoutForeignPart({ resource, request }: ResourceContext, config: KubeObject): KubeObject {
  const { subresource } = request;
  const metadata = { ...config.metadata };
  keepMetadata(metadata, {}, rulesOf({ resource, subresource }).keepsMetadata ?? []);
  const { status, ...rest } = config as KubeObject & { status?: unknown };
  if (subresource === "" && resource.keepsStatus) return { ...rest, metadata } as KubeObject;
  if (subresource !== "status") return { ...config, metadata };
  const { apiVersion, kind } = config;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) } as KubeObject;
}
