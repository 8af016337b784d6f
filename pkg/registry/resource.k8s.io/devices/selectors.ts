/** Expressions that choose devices. */
import type { DeviceSelector } from "#api/types/resource.k8s.io/v1";
import { required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { boundedList } from "./bounded.ts";
import { deviceExpression } from "./expressions.ts";

const selectorsMax = 32;
const expressionBytesMax = 10 * 1024;

export const deviceSelectors = (path: string, selectors: readonly DeviceSelector[] | undefined): Findings =>
  boundedList(path, selectors, { max: selectorsMax, rule: deviceSelector });

function* deviceSelector(path: string, { cel }: DeviceSelector): Findings {
  if (!cel) {
    yield required(`${path}.cel`);
    return;
  }
  const expression = cel.expression ?? "";
  const at = `${path}.cel.expression`;
  if (Buffer.byteLength(expression) > expressionBytesMax) yield tooLong(at, expressionBytesMax);
  else yield* deviceExpression(at, expression);
}
