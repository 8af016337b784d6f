import type { ConfigMap } from "#api/types/core/v1";
import { type FieldError, invalid, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { dataBytesMax, dataKeyErrors, fillBytes, immutableDataErrors } from "../../shared/object-data.ts";
import type { Strategy } from "../../strategy.ts";

export const configmaps: Strategy<ConfigMap> = {
  applyDefaults: ({ binaryData }) => fillBytes(binaryData),
  validateCreate: validateData,
  validateUpdate: (next, old) => [...immutableDataErrors(next, old, ["data", "binaryData"]), ...validateData(next)],
};

function validateData({ data = {}, binaryData = {} }: Readonly<ConfigMap>): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data).sort()) {
    errors.push(...dataKeyErrors(`data[${key}]`, key));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(invalid(`data[${key}]`, key, "duplicate of key present in binaryData"));
    }
    size += Buffer.byteLength(value ?? "");
  }
  for (const [key, value] of Object.entries(binaryData).sort()) {
    errors.push(...dataKeyErrors(`binaryData[${key}]`, key));
    size += Buffer.byteLength(value ?? "", "base64");
  }
  return size > dataBytesMax ? [...errors, tooLong("", dataBytesMax)] : errors;
}
