import type { DeviceClass, DeviceClassSpec } from "#api/types/resource.k8s.io/v1";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { boundedList } from "../devices/bounded.ts";
import { configurationsMax } from "../devices/claim.ts";
import { deviceConfiguration } from "../devices/configuration.ts";
import { deviceSelectors } from "../devices/selectors.ts";

export const validateNewClass = ({ spec }: Readonly<DeviceClass>): FieldError[] => [
  ...classSpec("spec", spec ?? {}, { stored: false }),
];

export const validateClassUpdate = (next: Readonly<DeviceClass>, old: Readonly<DeviceClass>): FieldError[] => [
  ...classSpec("spec", next.spec ?? {}, { stored: sameMeaning(next.spec?.config, old.spec?.config) }),
];

function* classSpec(path: string, { selectors, config }: DeviceClassSpec, stored: { stored: boolean }): Findings {
  yield* deviceSelectors(`${path}.selectors`, selectors);
  yield* boundedList(`${path}.config`, config, {
    max: configurationsMax,
    rule: (at, one) => deviceConfiguration(at, one, stored),
  });
}
