/** What expressions that choose devices may say: https://kubernetes.io/docs/reference/using-api/cel/ */
import { CompileError, celTypes, Environment, estimateCost, type Program } from "#pkg/apimachinery/cel/index.ts";
import { forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";

const costMax = 1_000_000;
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

export function* deviceExpression(path: string, text: string): Findings {
  const compiled = compile(text);
  if (typeof compiled === "string") yield invalid(path, text, compiled);
  else if (estimateCost(compiled.checked, sizeOf).max > costMax) {
    yield forbidden(path, "too complex, exceeds cost limit");
  }
}

function compile(text: string): Program | string {
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
