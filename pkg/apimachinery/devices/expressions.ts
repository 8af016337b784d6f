/** Expressions that choose devices. https://kubernetes.io/docs/reference/using-api/cel/ */
import { CompileError, celTypes, Environment, estimateCost, type Program } from "#pkg/apimachinery/cel/index.ts";

/** The most that one look at one device may cost. */
export const expressionCostMax = 1_000_000;
const { dyn, mapOf, opaque, string } = celTypes;

const ofDomains = (type: celTypes.Type): celTypes.Type => mapOf(string, mapOf(string, type));

const device: celTypes.Type = {
  kind: "object",
  name: "kubernetes.DRADevice",
  fields: new Map([
    ["driver", string],
    ["attributes", ofDomains(dyn)],
    ["capacity", ofDomains(opaque("kubernetes.Quantity"))],
  ]),
};

let environment: Environment | undefined;

/** The program, or why the text is none, in upstream's words. */
export function compileDeviceExpression(text: string): Program | string {
  environment ??= new Environment({ variables: { device }, bindings: true });
  try {
    const program = environment.compile(text);
    const { type } = program;
    if (type.kind === "bool" || type.kind === "dyn") return program;
    return `must evaluate to bool or the unknown type, not ${celTypes.printType(type)}`;
  } catch (error) {
    if (error instanceof CompileError) return `compilation failed: ${error.message}`;
    throw error;
  }
}

/** The most characters or entries; what a value of a capacity measures is not known. */
function sizeOf(path: readonly string[]): number | undefined {
  const [root, member, ...inner] = path;
  if (root !== "device") return undefined;
  if (member === "driver") return 63;
  const isDomain = inner.length === 1 && inner[0] === "@keys";
  if (isDomain) return 63;
  if (inner.length < 2) return 32;
  if (inner[1] === "@keys") return 32;
  return member === "attributes" ? 64 : undefined;
}

/** What it may cost at worst, in the units of `expressionCostMax`. */
export const worstCostOf = ({ checked }: Program): number => estimateCost(checked, sizeOf).max;
