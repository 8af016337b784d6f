/** What expressions of admission can name. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ShownAs, Subject } from "../matching/subject.ts";
import { optionsOf, requestMembers } from "../webhooks/review.ts";
import type { Variables } from "./expression.ts";
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
