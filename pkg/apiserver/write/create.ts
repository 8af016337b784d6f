/** Brings a new object into being: names it, admits it, validates it, stores it. */
import { randomUUID } from "node:crypto";
import { resources } from "#api/gen/resources.ts";
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { alreadyExists, badRequest, invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { Allocation, StrategyContext } from "#pkg/registry/strategy.ts";
import { KeyExistsError, type StoredObject } from "#pkg/storage/types.ts";
import { inTableOrder } from "./metadata-order.ts";
import { newObjectErrors } from "./metadata-rules.ts";
import { generateName } from "./names.ts";
import { dropRepeatedOwners } from "./owners.ts";
import { type Outcome, strategyContextOf, timestamp, type WriteRequest } from "./request.ts";
import { trackFields } from "./tracking.ts";

/** Upstream's bound on the names it tries. */
const generateAttemptsMax = 8;

/** Takes over `object`. `tracked`: its managedFields are made already. Throws StatusError 409 when the name is taken, 422, 403. */
export async function createObject(
  write: WriteRequest,
  object: KubeObject,
  { tracked = false }: { readonly tracked?: boolean } = {},
): Promise<Outcome> {
  const { resource, services } = write;
  const { metadata } = object;
  ensureNamespace(write, metadata);
  resource.strategy.applyDefaults?.(object);
  dropRepeatedOwners(metadata, write.warn);
  initializeMetadata(metadata, services.clock.now(), tracked);
  if (!tracked) await trackFields(write, object, undefined);
  const admission = services.admission.request(write, "CREATE", object, undefined);
  await services.admission.admit(admission);
  const context = strategyContextOf(write);
  resource.strategy.dropUnkeptFields?.(object);
  resource.strategy.prepareForCreate?.(object, context);
  if (resource.strategy.hasGeneration) metadata.generation = 1;
  const generated = !metadata.name && metadata.generateName;
  if (!generated) return storeNew(write, object, context);
  for (let attempt = 1; ; attempt++) {
    metadata.name = generateName(metadata.generateName as string);
    try {
      return await storeNew(write, object, context);
    } catch (error) {
      if (!isNameTaken(error) || attempt === generateAttemptsMax) throw error;
    }
  }
}

const isNameTaken = (error: unknown): boolean => error instanceof StatusError && error.reason === "AlreadyExists";

/** The URL's namespace is the object's; a cluster-scoped object has none. */
export function ensureNamespace({ resource, namespace }: WriteRequest, metadata: KubeObject["metadata"]): void {
  if (!resource.def.namespaced) {
    if (metadata.namespace) throw badRequest("namespace may not be set on a cluster-scoped object");
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

function initializeMetadata(metadata: KubeObject["metadata"], nowMs: number, tracked: boolean): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  if (!tracked) delete metadata.managedFields;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(nowMs);
}

async function storeNew(write: WriteRequest, object: KubeObject, context: StrategyContext): Promise<Outcome> {
  const { resource, services } = write;
  const allocation = await resource.strategy.allocate?.(object, undefined, {
    ...context,
    services: services.allocation,
  });
  try {
    const around = await resource.strategy.validateInNamespace?.(object, () => namespaceLabels(write));
    validateNew(write, object, context, around);
    resource.strategy.complete?.(object);
    await services.admission.validate(services.admission.request(write, "CREATE", object, undefined));
    if (write.dryRun) await ensureFree(write, object);
  } catch (error) {
    await allocation?.rollback();
    throw error;
  }
  if (!write.dryRun) return { kind: "stored", stored: await commitNew(write, object, allocation), created: true };
  await allocation?.rollback();
  return { kind: "object", object, created: true };
}

async function namespaceLabels({ services, namespace }: WriteRequest): Promise<Readonly<Record<string, string>>> {
  const found = await services.reader.getLatest(resources.namespaces, "", namespace);
  return found?.metadata.labels ?? {};
}

/** `around`: what rules found that look at more than the object. */
function validateNew(
  { resource, warn }: WriteRequest,
  object: KubeObject,
  context: StrategyContext,
  around: readonly FieldError[] = [],
): void {
  const { strategy, storedDef: def } = resource;
  const own = [
    ...around,
    ...(strategy.validate?.(object, context) ?? []),
    ...(strategy.validateCreate?.(object, context) ?? []),
  ];
  const errors = newObjectErrors(resource, object, own);
  if (errors.length > 0) throw invalidObject(def, object.metadata.name ?? object.metadata.generateName ?? "", errors);
  for (const text of strategy.warningsOnCreate?.(object, context) ?? []) warn(text);
}

async function ensureFree(write: WriteRequest, { metadata }: KubeObject): Promise<void> {
  const { resource, namespace } = write;
  const name = metadata.name as string;
  const key = resource.keyOf(namespace, name);
  if (await resource.store.get(key, { kind: "latest" })) throw await nameTaken(write, key, name);
}

async function commitNew(
  write: WriteRequest,
  object: KubeObject,
  allocation: Allocation | undefined,
): Promise<StoredObject> {
  const { resource, namespace } = write;
  const name = object.metadata.name as string;
  const key = resource.keyOf(namespace, name);
  const ttl = resource.strategy.ttlSeconds;
  try {
    dropVersion(object.metadata);
    const options = ttl === undefined ? { object } : { object, ttlSeconds: ttl };
    const stored = await resource.store.create(
      key,
      encodeObject({ ...object, metadata: inTableOrder(object.metadata) }),
      options,
    );
    await allocation?.commit();
    return stored;
  } catch (error) {
    await allocation?.rollback();
    if (!(error instanceof KeyExistsError)) throw error;
    throw await nameTaken(write, key, name);
  }
}

/** Only what is to be stored is held against it: admission sees what was sent, and a dry run gives it back. */
function dropVersion(metadata: KubeObject["metadata"]): void {
  const { resourceVersion } = metadata;
  delete metadata.resourceVersion;
  if (!resourceVersion || !/^0*[1-9]\d*$/.test(resourceVersion)) return;
  throw new StatusError("Unknown", "resourceVersion should not be set on objects to be created", { code: 500 });
}

async function nameTaken({ resource }: WriteRequest, key: string, name: string): Promise<StatusError> {
  const taken = alreadyExists(resource.groupResource, name);
  const existing = await resource.store.get(key, { kind: "any" });
  if (!existing?.object.metadata.deletionTimestamp) return taken;
  return new StatusError("AlreadyExists", `object is being deleted: ${taken.message}`, {
    ...(taken.details ? { details: taken.details } : {}),
  });
}
