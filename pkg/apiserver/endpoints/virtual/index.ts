/** Resources that are answered and forgotten: reviews of tokens and access, bindings, component statuses. */
import type { ResourceDef } from "#api/index.ts";
import type { Endpoint } from "../dispatch.ts";
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from "./access-reviews.ts";
import { createBinding } from "./bindings.ts";
import { componentStatuses } from "./component-statuses.ts";
import { selfSubjectReview, tokenReview } from "./identity-reviews.ts";
import { selfSubjectRulesReview } from "./rules-review.ts";

const endpoints: Readonly<Record<string, Endpoint>> = {
  "authentication.k8s.io/tokenreviews": tokenReview,
  "authentication.k8s.io/selfsubjectreviews": selfSubjectReview,
  "authorization.k8s.io/subjectaccessreviews": subjectAccessReview,
  "authorization.k8s.io/selfsubjectaccessreviews": selfSubjectAccessReview,
  "authorization.k8s.io/localsubjectaccessreviews": localSubjectAccessReview,
  "authorization.k8s.io/selfsubjectrulesreviews": selfSubjectRulesReview,
  "/bindings": createBinding,
  "/componentstatuses": componentStatuses,
};

export function virtualResource({ group, plural }: ResourceDef): Endpoint | undefined {
  const key = `${group}/${plural}`;
  return Object.hasOwn(endpoints, key) ? endpoints[key] : undefined;
}
