/** Parameters that only a driver understands. */
import type { DeviceConfiguration, OpaqueDeviceConfiguration } from "#api/types/resource.k8s.io/v1";
import { invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { driverName } from "./names.ts";

const parametersBytesMax = 10 * 1024;

/** What is stored already may be longer than what is new. */
export interface Stored {
  readonly stored: boolean;
}

export function* deviceConfiguration(path: string, { opaque }: DeviceConfiguration, stored: Stored): Findings {
  if (opaque) yield* opaqueConfiguration(`${path}.opaque`, opaque, stored);
  else yield required(`${path}.opaque`);
}

function* opaqueConfiguration(path: string, of: OpaqueDeviceConfiguration, stored: Stored): Findings {
  yield* driverName(`${path}.driver`, of.driver);
  yield* rawObject(`${path}.parameters`, of.parameters, stored);
}

/** An object of any content. */
export function* rawObject(path: string, value: unknown, { stored }: Stored): Findings {
  const bytes = value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
  if (value === undefined) yield required(path);
  else if (!stored && bytes > parametersBytesMax) yield tooLong(path, parametersBytesMax);
  else if (value === null) yield required(path);
  else if (typeof value !== "object" || Array.isArray(value)) {
    yield invalid(path, "<value omitted>", "must be a valid JSON object");
  }
}
