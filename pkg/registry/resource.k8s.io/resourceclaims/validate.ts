import type { ResourceClaim, ResourceClaimTemplate } from "#api/types/resource.k8s.io/v1";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { templateMeta } from "../../shared/claim-spec.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { deviceClaim } from "../devices/claim.ts";

export const validateNewClaim = ({ spec }: Readonly<ResourceClaim>): FieldError[] => [
  ...deviceClaim("spec.devices", spec?.devices ?? {}),
];

/** What cannot change is not looked into again. */
export const validateClaimUpdate = (next: Readonly<ResourceClaim>, old: Readonly<ResourceClaim>): FieldError[] => [
  ...immutable("spec", next.spec ?? {}, old.spec ?? {}, internalForm(next.spec ?? {}, "ResourceClaimSpec")),
];

/** Holds on create and on update. */
export const validateClaimTemplate = ({ spec }: Readonly<ResourceClaimTemplate>): FieldError[] => [
  ...templateMeta("spec.metadata", spec?.metadata ?? {}),
  ...deviceClaim("spec.spec.devices", spec?.spec?.devices ?? {}),
];

export const validateClaimTemplateUpdate = (
  next: Readonly<ResourceClaimTemplate>,
  old: Readonly<ResourceClaimTemplate>,
): FieldError[] => [
  ...immutable("spec", next.spec ?? {}, old.spec ?? {}, internalForm(next.spec ?? {}, "ResourceClaimTemplateSpec")),
];
