/** Where the generic store asks for the rules on metadata. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { looksOnCreate, looksOnUpdate, wantsFinalizerDomains } from "#pkg/registry/shared/metadata-looks.ts";
import { pathSegmentErrors } from "#pkg/registry/shared/names.ts";
import { finalizerDomains, validateObjectMeta, validateObjectMetaUpdate } from "#pkg/registry/shared/object-meta.ts";
import type { ServedResource } from "../resources/served-resource.ts";

export type ResourceRules = Pick<ServedResource, "def" | "strategy" | "isCustom">;

const finalizerDomainsOf = ({ def, isCustom }: ResourceRules): boolean =>
  wantsFinalizerDomains(def.group, def.plural, isCustom);

/**
 * `own`: what else is wrong with a new object. Kinds whose own rules do not look at metadata leave that to the generic
 * server, which asks last, and only when all else is right.
 */
export function newObjectErrors(resource: ResourceRules, object: KubeObject, own: readonly FieldError[]): FieldError[] {
  const { group, plural } = resource.def;
  if (own.length > 0 && !looksOnCreate(group, plural)) return [...own];
  const errors = [...metadataErrors(resource, object), ...own];
  // Where a kind takes any name, the URL does not.
  return errors.length > 0 ? errors : pathErrors(object.metadata.name ?? "");
}

const pathErrors = (name: string): FieldError[] =>
  pathSegmentErrors(name).map((text) => invalid("metadata.name", name, text));

const metadataErrors = (resource: ResourceRules, { metadata }: KubeObject): FieldError[] => {
  const { def, strategy } = resource;
  return validateObjectMeta(metadata, {
    namespaced: def.namespaced,
    validateName: strategy.validateName,
    finalizerDomains: finalizerDomainsOf(resource),
  });
};

/** What is wrong with changed metadata, as often as upstream finds it. */
export function changedMetadataErrors(
  resource: ResourceRules,
  { metadata: next }: KubeObject,
  { metadata: old }: Readonly<KubeObject>,
): FieldError[] {
  const { def, strategy } = resource;
  const rules = { namespaced: def.namespaced, validateName: strategy.validateName, finalizerDomains: false };
  const whole = validateObjectMeta(next, rules);
  const update = validateObjectMetaUpdate(next, old);
  const finalizers = finalizerDomainsOf(resource) ? finalizerDomains(next) : [];
  // The first look is the generic server's.
  const again = looksOnUpdate(def.group, def.plural).flatMap((look) => [
    ...(look === "whole" ? whole : update),
    ...finalizers,
  ]);
  return [...whole, ...update, ...again];
}
