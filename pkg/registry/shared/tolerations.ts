import type { Toleration } from "#api/types/core/v1";
import { labelValueErrors } from "#pkg/apimachinery/labels/index.ts";
import { invalid, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, oneOf } from "./findings.ts";
import { labelKey } from "./label-selector.ts";

export const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

export const tolerations = (path: string, list: readonly Toleration[] | undefined): Findings =>
  each(path, list, toleration);

function* toleration(path: string, { key, operator, value = "", effect, tolerationSeconds }: Toleration): Findings {
  if (key) yield* labelKey(`${path}.key`, key);
  else if (operator !== "Exists") {
    const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    yield invalid(`${path}.operator`, operator ?? "", text);
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    yield invalid(`${path}.effect`, effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  yield* operatorAndValue(`${path}.operator`, operator ?? "", value);
  if (effect) yield* oneOf(`${path}.effect`, effect, taintEffects);
}

function* operatorAndValue(path: string, operator: string, value: string): Findings {
  if (operator === "" || operator === "Equal") {
    const texts = labelValueErrors(value);
    if (texts.length > 0) yield invalid(path, value, texts.join(";"));
  } else if (operator === "Exists") {
    if (value !== "") yield invalid(path, value, "value must be empty when `operator` is 'Exists'");
  } else if (operator === "Lt" || operator === "Gt") {
    yield notSupported(path, operator, ["Equal", "Exists", "Lt", "Gt"]);
  } else yield notSupported(path, operator, ["Equal", "Exists"]);
}
