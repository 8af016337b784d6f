/** The rules of expressions that choose devices. */
import { compileDeviceExpression, expressionCostMax, worstCostOf } from "#pkg/apimachinery/devices/expressions.ts";
import { forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";

export function* deviceExpression(path: string, text: string): Findings {
  const compiled = compileDeviceExpression(text);
  if (typeof compiled === "string") yield invalid(path, text, compiled);
  else if (worstCostOf(compiled) > expressionCostMax) yield forbidden(path, "too complex, exceeds cost limit");
}
