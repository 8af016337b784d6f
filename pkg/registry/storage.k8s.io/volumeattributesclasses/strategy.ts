import type { VolumeAttributesClass } from "#api/types/storage.k8s.io/v1";
import { type FieldError, forbidden, required } from "#pkg/apimachinery/validation/field-error.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import type { Strategy } from "../../strategy.ts";
import { parameters, provisioner } from "../storageclasses/parameters.ts";

const validateNew = ({ driverName, parameters: map }: Readonly<VolumeAttributesClass>): FieldError[] => [
  ...provisioner("driverName", driverName),
  ...parameters("parameters", map),
  ...(Object.keys(map ?? {}).length > 0 ? [] : [required("parameters", "must contain at least one key/value pair")]),
];

/** A class never changes: another one is made. */
export const volumeattributesclasses: Strategy<VolumeAttributesClass> = {
  validateCreate: validateNew,
  validateUpdate: (next, old) => [
    ...(["driverName", "parameters"] as const)
      .filter((field) => !sameMeaning(next[field] || undefined, old[field] || undefined))
      .map((field) => forbidden(field, `updates to ${field} are forbidden.`)),
    ...validateNew(next),
  ],
};
