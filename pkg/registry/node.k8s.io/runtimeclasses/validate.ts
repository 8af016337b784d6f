/** The rules of RuntimeClasses: https://kubernetes.io/docs/concepts/containers/runtime-class/ */
import type { Toleration } from "#api/types/core/v1";
import type { RuntimeClass, Scheduling } from "#api/types/node.k8s.io/v1";
import { duplicate, type FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelMap } from "../../shared/label-selector.ts";
import { labelErrors } from "../../shared/names.ts";
import { containerResourceName } from "../../shared/resource-names.ts";
import { resourceRequirements } from "../../shared/resource-requirements.ts";
import { tolerations } from "../../shared/tolerations.ts";

export const validateRuntimeClass = (runtime: Readonly<RuntimeClass>): FieldError[] => [...rules(runtime)];

function* rules({ handler = "", overhead, scheduling }: Readonly<RuntimeClass>): Findings {
  yield* say("handler", handler, labelErrors(handler));
  if (overhead) {
    const limits = overhead.podFixed ?? {};
    yield* resourceRequirements("overhead", { limits }, { name: containerResourceName, claims: new Set() });
  }
  if (scheduling) yield* schedulingRules("scheduling", scheduling);
}

function* schedulingRules(path: string, { nodeSelector, tolerations: list }: Scheduling): Findings {
  yield* labelMap(`${path}.nodeSelector`, nodeSelector);
  yield* tolerations(`${path}.tolerations`, list);
  yield* listedOnce(`${path}.tolerations`, list ?? []);
}

/** How long a taint is tolerated does not tell two tolerations apart. */
function* listedOnce(path: string, list: readonly Toleration[]): Findings {
  const seen = new Set<string>();
  for (const [at, toleration] of list.entries()) {
    const { key = "", operator = "", value = "", effect = "" } = toleration;
    const identity = JSON.stringify([key, operator, value, effect]);
    if (seen.has(identity)) yield duplicate(`${path}[${at}]`, internalForm(toleration, "Toleration"));
    seen.add(identity);
  }
}

export const validateRuntimeClassUpdate = (
  { handler }: Readonly<RuntimeClass>,
  old: Readonly<RuntimeClass>,
): FieldError[] => [...immutable("handler", handler ?? "", old.handler ?? "")];
