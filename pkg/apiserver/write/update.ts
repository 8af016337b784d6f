/** Changes an existing object: compare-and-swap, tried again while others write, unless the client named a version. */

import { shareMembers } from "#pkg/apimachinery/apply/index.ts";
import { encodeObject, LeanObject } from "#pkg/apimachinery/codec/index.ts";
import { sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import {
  badRequest,
  conflict,
  invalidObject,
  notFound,
  objectModified,
  StatusError,
} from "#pkg/apimachinery/status-error.ts";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { keepMetadata } from "#pkg/registry/shared/kept-metadata.ts";
import type { StrategyContext, UpdateRules } from "#pkg/registry/strategy.ts";
import type { StoredObject, WriteOptions } from "#pkg/storage/types.ts";
import { bumpGeneration, carryDeletion, carryMetadata, keepAllButStatus, keepStatus } from "./carry.ts";
import { isReadyToGo } from "./deletion.ts";
import { changedMetadataErrors } from "./metadata-rules.ts";
import { dropRepeatedOwners } from "./owners.ts";
import { type Outcome, strategyContextOf, type WriteRequest } from "./request.ts";
import { inRounds } from "./rounds.ts";
import { absentMembers } from "./system-members.ts";
import { trackFields } from "./tracking.ts";

/** Makes the wanted state from the present one, which is shared: the result must be a fresh object. */
export type Transform = (current: Readonly<KubeObject>) => KubeObject | Promise<KubeObject>;

export interface UpdateOptions {
  /** Called when there is no such object; without it that is 404. */
  readonly createMissing?: () => Promise<Outcome>;
  /** managedFields are already what they should be (server-side apply). */
  readonly tracked?: boolean;
  /** A patch: an identity in the object is a field like any other, not a precondition. */
  readonly isPatch?: boolean;
  /** The transform changes nothing but metadata, and does not look at what else there is. */
  readonly ofMetadata?: boolean;
  /** The server's own change (binding, budgets): the endpoint's rules about what a client may set do not apply. */
  readonly system?: boolean;
}

export function updateObject(write: WriteRequest, transform: Transform, options: UpdateOptions = {}): Promise<Outcome> {
  const attempt = (current: StoredObject | undefined): Promise<Outcome> => {
    if (current) return change(write, current, transform, options);
    if (options.createMissing) return options.createMissing();
    throw notFound(write.resource.groupResource, write.name);
  };
  return inRounds(write, attempt, (outcome, current) => outcome.kind === "stored" && outcome.stored === current);
}

async function change(
  write: WriteRequest,
  current: StoredObject,
  transform: Transform,
  options: UpdateOptions,
): Promise<Outcome> {
  const { resource, services, subresource } = write;
  const lean = options.ofMetadata ? LeanObject.parse(current.bytes) : undefined;
  const old = lean?.object ?? current.object;
  const next = await transform(old);
  dropRepeatedOwners(next.metadata, write.warn);
  if (resource.def.namespaced && !next.metadata.namespace) next.metadata.namespace = write.namespace;
  const identity = ensureVersion(write, next, old, options.isPatch ?? false);
  const unsent = absentMembers(next.metadata);
  carryMetadata(next.metadata, old.metadata);
  if (subresource === "status" || options.system) carryDeletion(next.metadata, old.metadata);
  const rules = rulesOf(write);
  if (subresource === "status" && !options.system) keepAllButStatus(write, next, old);
  keepMetadata(next.metadata, old.metadata, rules.keepsMetadata ?? []);
  if (!options.tracked) await trackFields(write, next, old);
  const context = strategyContextOf(write);
  const admission = write.admitted ? undefined : services.admission.request(write, "UPDATE", next, old as KubeObject);
  if (admission) {
    admission.unsent = unsent;
    await services.admission.admit(admission);
  }
  if (!options.system) {
    if (subresource === "" || subresource === "scale") keepStatus(write, next, old);
    if (subresource !== "status" && !sharesBody(next, old)) resource.strategy.dropUnkeptFields?.(next);
    rules.prepareForUpdate?.(next, old, context);
    // Nobody but those who allocate changes the object from here on, and many ask whether it is the same.
    if (!resource.strategy.allocate) shareMembers(next, old);
    bumpGeneration(write, next, old);
  }
  const allocate = subresource === "" ? resource.strategy.allocate : undefined;
  const allocation = await allocate?.call(resource.strategy, next, old, { ...context, services: services.allocation });
  try {
    if (!options.system) validateChange(write, { next, old, identity }, rules, context);
    next.metadata.resourceVersion = String(current.revision);
    if (admission) await services.admission.validate(admission);
    const outcome = await commit(write, { current, old, lean }, next);
    await allocation?.commit();
    return outcome;
  } catch (error) {
    await allocation?.rollback();
    throw error;
  }
}

interface Before {
  readonly current: StoredObject;
  /** What `current` says. */
  readonly old: Readonly<KubeObject>;
  /** Where that is not all parsed. */
  readonly lean: LeanObject | undefined;
}

async function commit(write: WriteRequest, { current, old, lean }: Before, next: KubeObject): Promise<Outcome> {
  const { resource, dryRun, namespace, name } = write;
  const key = resource.keyOf(namespace, name);
  const { revision } = current;
  next.metadata.resourceVersion = String(revision);
  // The last finalizer is gone: so is the object, as it was.
  if (isReadyToGo(next, old)) {
    if (!dryRun) {
      const gone = await resource.store.delete(key, revision);
      await resource.strategy.release?.(gone.object, write.services.allocation);
    }
    return { kind: "object", object: next, created: false };
  }
  if (!current.isStale && sameJson(next, old)) return { kind: "stored", stored: current, created: false };
  if (dryRun) return { kind: "object", object: next, created: false };
  const { resourceVersion: _, ...metadata } = next.metadata;
  const json = lean ? lean.encode({ ...next, metadata }) : encodeObject({ ...next, metadata });
  const ttl = resource.strategy.ttlSeconds;
  // Custom resources may be stored in another version, in which what differs here may be the same.
  const changed = !current.isStale && !resource.isCustom;
  const options: WriteOptions = {
    object: next,
    changed,
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
    ...(sharesBody(next, old) && !resource.isCustom ? { fields: current.fields } : {}),
  };
  const stored = await resource.store.update(key, json, revision, options);
  return { kind: "stored", stored, created: false };
}

/** Whether all members but metadata are the old object's own. */
function sharesBody(next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  const a = next as unknown as Readonly<Record<string, unknown>>;
  const b = old as unknown as Readonly<Record<string, unknown>>;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => name === "metadata" || (a[name] === b[name] && Object.hasOwn(b, name)))
  );
}

/**
 * A version in the object must be the present one; without one most resources are simply overwritten. Returns what is
 * wrong with the identity that a patch gives it.
 */
function ensureVersion(
  { resource, namespace, name }: WriteRequest,
  { metadata }: KubeObject,
  old: Readonly<KubeObject>,
  isPatch: boolean,
): FieldError[] {
  const { groupResource, strategy, def } = resource;
  const wanted = metadata.resourceVersion;
  const isOther = metadata.uid !== undefined && metadata.uid !== "" && metadata.uid !== old.metadata.uid;
  const identity = isOther ? otherIdentity(metadata.uid) : [];
  if (isOther && !isPatch) {
    const key = resource.keyOf(namespace, name);
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`;
    const text = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
    throw conflict(groupResource, name, text);
  }
  if (wanted && wanted !== "0") {
    if (!/^\d+$/.test(wanted)) {
      throw new StatusError("Unknown", `strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`);
    }
    if (wanted !== old.metadata.resourceVersion) throw conflict(groupResource, name, objectModified);
  } else if (strategy.allowUnconditionalUpdate === false) {
    throw invalidObject({ group: def.group, kind: def.plural }, name, [
      {
        reason: "FieldValueInvalid",
        field: "metadata.resourceVersion",
        detail: "Invalid value: 0: must be specified for an update",
      },
    ]);
  }
  return identity;
}

/** Upstream finds it twice: as immutable metadata, and as the identity that the object's own rules keep. */
function otherIdentity(uid: string | undefined): FieldError[] {
  const wrong = invalid("metadata.uid", uid, "field is immutable");
  return [wrong, wrong];
}

/** Of the endpoint that is written through. */
export function rulesOf({ resource, subresource }: Pick<WriteRequest, "resource" | "subresource">): UpdateRules {
  if (subresource === "" || subresource === "scale") return resource.strategy;
  const rules = resource.strategy.subresources;
  return (rules && Object.hasOwn(rules, subresource) ? rules[subresource] : undefined) ?? {};
}

interface Change {
  readonly next: KubeObject;
  readonly old: Readonly<KubeObject>;
  /** What is wrong with the identity that was sent. */
  readonly identity: readonly FieldError[];
}

function validateChange(
  { resource, name, warn }: WriteRequest,
  { next, old, identity }: Change,
  rules: UpdateRules,
  context: StrategyContext,
): void {
  if (next.metadata.name !== name) throw badRequest(nameMismatch(next.metadata.name ?? "", name));
  const { strategy, storedDef: def } = resource;
  const errors = [...changedMetadataErrors(resource, next, old), ...identity];
  if (rules === strategy) errors.push(...(strategy.validate?.(next, context) ?? []));
  errors.push(...(rules.validateUpdate?.(next, old, context) ?? []));
  if (errors.length > 0) throw invalidObject(def, name, errors);
  for (const text of rules.warningsOnUpdate?.(next, old, context) ?? []) warn(text);
}

export const nameMismatch = (body: string, url: string): string =>
  `the name of the object (${body}) does not match the name on the URL (${url})`;

export const nameUndeterminable = (url: string): string =>
  `the name of the object (${url} based on URL) was undeterminable: name must be provided`;
