/** What expressions of admission can name. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ShownAs, Subject } from "../matching/subject.ts";
import { optionsOf, requestMembers } from "../webhooks/review.ts";
import { firstLine, type LazyExpression, type Variables } from "./expression.ts";
import { celValueOf } from "./values.ts";

export interface ShownObjects {
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

/** `object`, `oldObject` and `request`. */
export function requestVariables({ request, asked }: Subject, as: ShownAs, shown: ShownObjects): Variables {
  return {
    object: celValueOf(shown.object ?? null),
    oldObject: celValueOf(shown.old ?? null),
    request: celValueOf({
      ...requestMembers(request, as, asked),
      // Absent in JSON, but fields of the type: an expression may read them.
      ...emptyWhereAbsent(request),
      dryRun: request.dryRun,
      options: optionsOf(request),
    }),
  };
}

const emptyWhereAbsent = ({ name, namespace, subresource }: Subject["request"]): Record<string, string> => ({
  ...(name === "" ? { name } : {}),
  ...(namespace === "" ? { namespace } : {}),
  ...(subresource === "" ? { subResource: "", requestSubResource: "" } : {}),
});

/** `variables`: each is evaluated when first read, and may read those before it. */
export function lazyVariables(
  composed: readonly { readonly name: string; readonly value: LazyExpression }[],
  others: Variables,
): Variables {
  const lazy: Record<string, unknown> = {};
  const all = { ...others, variables: lazy };
  for (const { name, value } of composed) {
    let known: { readonly value: unknown } | undefined;
    Object.defineProperty(lazy, name, {
      enumerable: true,
      get() {
        known ??= { value: evaluateComposed(name, value, all) };
        return known.value;
      },
    });
  }
  return lazy;
}

function evaluateComposed(name: string, expression: LazyExpression, variables: Variables): unknown {
  try {
    return expression.evaluateInner(variables);
  } catch (cause) {
    throw new Error(`composited variable ${JSON.stringify(name)} fails to evaluate: ${firstLine(cause)}`, { cause });
  }
}

/** `namespaceObject`: what expressions may know of the namespace of the request. */
export function namespaceVariable(namespace: Readonly<KubeObject> | undefined): unknown {
  if (!namespace) return null;
  const { managedFields: _, ownerReferences: __, selfLink: ___, ...metadata } = namespace.metadata;
  return celValueOf({ ...namespace, metadata });
}
