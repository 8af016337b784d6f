/** Rules on `metadata` that hold for every kind. */

import type { ObjectMeta, OwnerReference } from "#api/types/meta/v1";
import { numericValue } from "#pkg/apimachinery/codec/index.ts";
import { labelKeyErrors, labelValueErrors } from "#pkg/apimachinery/labels/index.ts";
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { subdomainErrors } from "./names.ts";

export type NameRule = (name: string, prefix: boolean) => string[];

export interface MetaRules {
  readonly namespaced: boolean;
  readonly validateName?: NameRule | undefined;
  /** Default `metadata`; `spec.template.metadata` and the like for templates. */
  readonly path?: string;
  /** Whether finalizers must have a domain, or be one of the garbage collector's; default true. */
  readonly finalizerDomains?: boolean;
}

const annotationBytesMax = 256 * 1024;

export function validateObjectMeta(meta: Readonly<ObjectMeta>, rules: MetaRules): FieldError[] {
  const { path = "metadata", validateName = subdomainErrors } = rules;
  const errors: FieldError[] = [];
  if (meta.generateName) {
    for (const text of validateName(meta.generateName, true)) {
      errors.push(invalid(`${path}.generateName`, meta.generateName, text));
    }
  }
  if (!meta.name) errors.push(required(`${path}.name`, "name or generateName is required"));
  else for (const text of validateName(meta.name, false)) errors.push(invalid(`${path}.name`, meta.name, text));
  if (rules.namespaced) {
    if (!meta.namespace) errors.push(required(`${path}.namespace`));
  } else if (meta.namespace) errors.push(forbidden(`${path}.namespace`, "not allowed on this type"));
  if (numericValue(meta.generation ?? 0) < 0) {
    errors.push(invalid(`${path}.generation`, meta.generation, "must be greater than or equal to 0"));
  }
  errors.push(
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences ?? [], `${path}.ownerReferences`),
    ...validateFinalizers(meta.finalizers ?? [], `${path}.finalizers`),
  );
  if (rules.finalizerDomains ?? true) errors.push(...finalizerDomains(meta, path));
  return errors;
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const text of labelKeyErrors(key)) errors.push(invalid(path, key, text));
    for (const text of labelValueErrors(value)) errors.push(invalid(path, value, text));
  }
  return errors;
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  // Annotation keys are qualified names whose case does not matter.
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of entries) {
    for (const text of labelKeyErrors(key.toLowerCase())) errors.push(invalid(path, key, text));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > annotationBytesMax) {
    errors.push({
      reason: "FieldValueTooLong",
      field: path,
      detail: `Too long: may not be more than ${annotationBytesMax} bytes`,
    });
  }
  return errors;
}

/** All of them are reported at the list. */
function validateOwnerReferences(owners: readonly OwnerReference[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    const { group, version } = splitApiVersion(owner.apiVersion);
    if (!version) errors.push(invalid(`${path}.apiVersion`, owner.apiVersion, "version must not be empty"));
    if (!owner.kind) errors.push(invalid(`${path}.kind`, owner.kind, "must not be empty"));
    if (!owner.name) errors.push(invalid(`${path}.name`, owner.name, "must not be empty"));
    if (!owner.uid) errors.push(invalid(`${path}.uid`, owner.uid, "must not be empty"));
    if (group === "" && version === "v1" && owner.kind === "Event") {
      errors.push(invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller !== undefined) {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(path, owners, text));
    }
    controller ??= name;
  }
  return errors;
}

function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

function validateFinalizers(finalizers: readonly string[], path: string): FieldError[] {
  const errors = finalizers.flatMap((name) => labelKeyErrors(name).map((text) => invalid(path, name, text)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  return errors;
}

const plainFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

export const isKnownFinalizer = (name: string): boolean => name.includes("/") || plainFinalizers.has(name);

export const noFinalizerDomain = "name is neither a standard finalizer name nor is it fully qualified";

/** Finalizers have a domain, or are the system's own. Reported one by one, unlike what else is wrong with them. */
export const finalizerDomains = ({ finalizers }: Readonly<ObjectMeta>, path = "metadata"): FieldError[] =>
  (finalizers ?? []).flatMap((name, at) =>
    isKnownFinalizer(name) ? [] : [invalid(`${path}.finalizers[${at}]`, name, noFinalizerDomain)],
  );

/**
 * What of metadata may not change once stored, and what must be right in it even then: upstream asks for some of it here
 * too. System fields are carried over before this runs.
 */
type Immutable =
  | "name"
  | "namespace"
  | "uid"
  | "creationTimestamp"
  | "deletionTimestamp"
  | "deletionGracePeriodSeconds";

export function validateObjectMetaUpdate(
  next: Readonly<ObjectMeta>,
  old: Readonly<ObjectMeta>,
  path = "metadata",
): FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (field: Immutable) => {
    if (next[field] !== undefined && next[field] !== old[field]) {
      errors.push(invalid(`${path}.${field}`, next[field], "field is immutable"));
    }
  };
  if (old.deletionTimestamp) {
    const had = new Set(old.finalizers);
    const added = (next.finalizers ?? []).filter((finalizer) => !had.has(finalizer));
    if (added.length > 0) {
      const list = `[]string{${added.map((f) => JSON.stringify(f)).join(", ")}}`;
      errors.push(
        forbidden(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
        ),
      );
    }
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid(`${path}.generation`, next.generation ?? 0, "must not be decremented"));
  }
  immutable("name");
  immutable("namespace");
  immutable("uid");
  immutable("creationTimestamp");
  immutable("deletionTimestamp");
  immutable("deletionGracePeriodSeconds");
  errors.push(
    ...validateLabels(next.labels, `${path}.labels`),
    ...validateAnnotations(next.annotations, `${path}.annotations`),
    ...validateOwnerReferences(next.ownerReferences ?? [], `${path}.ownerReferences`),
  );
  return errors;
}
