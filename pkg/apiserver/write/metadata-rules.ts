/** Where the generic store asks for the rules on metadata. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "#pkg/registry/shared/object-meta.ts";
import type { ServedResource } from "../resources/served-resource.ts";

export const metadataErrors = ({ def, strategy }: ServedResource, { metadata }: KubeObject): FieldError[] =>
  validateObjectMeta(metadata, { namespaced: def.namespaced, validateName: strategy.validateName });

export const metadataUpdateErrors = (next: KubeObject, old: Readonly<KubeObject>): FieldError[] =>
  validateObjectMetaUpdate(next.metadata, old.metadata);
