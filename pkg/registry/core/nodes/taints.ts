import type { Taint } from "#api/types/core/v1";
import { labelValueErrors } from "#pkg/apimachinery/labels/index.ts";
import { duplicate, type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, requiredOneOf } from "../../shared/findings.ts";
import { labelKey } from "../../shared/label-selector.ts";
import { taintEffects } from "../../shared/tolerations.ts";

export function* nodeTaints(path: string, taints: readonly Taint[] | undefined): Findings {
  const seen = new Set<string>();
  for (const [at, taint] of (taints ?? []).entries()) {
    const here = `${path}[${at}]`;
    const { key = "", value = "", effect = "" } = taint as Partial<Taint>;
    yield* labelKey(`${here}.key`, key);
    const wrong = labelValueErrors(value);
    if (wrong.length > 0) yield invalid(`${here}.value`, value, wrong.join(";"));
    yield* requiredOneOf(`${here}.effect`, effect, taintEffects);
    const identity = `${effect}/${key}`;
    if (seen.has(identity)) yield repeated(here, taint);
    seen.add(identity);
  }
}

function repeated(path: string, { key, value, effect, timeAdded }: Taint): FieldError {
  const shown = { Key: key ?? "", Value: value ?? "", Effect: effect ?? "", TimeAdded: timeAdded ?? null };
  const error = duplicate(path, shown);
  return { ...error, detail: `${error.detail}: taints must be unique by key and effect pair` };
}
