/** Everything that I may do in a namespace, for `kubectl auth can-i --list`. */
import type { SelfSubjectRulesReview } from "#api/types/authorization.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../../context.ts";
import { readReview, sendReview } from "./review.ts";

export async function selfSubjectRulesReview(context: ResourceContext): Promise<void> {
  const { services, user } = context;
  const review = await readReview<SelfSubjectRulesReview>(context);
  const namespace = review.spec?.namespace;
  if (!namespace) throw badRequest("no namespace on request");
  const grants = services.policy.grantsOf(user);
  const rules = [...grants.everywhere, ...(grants.byNamespace.get(namespace) ?? [])].map((r) => r.source);
  const status = {
    resourceRules: rules
      .filter((r) => r.resources?.length)
      .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames ? { resourceNames } : {}),
      })),
    nonResourceRules: rules
      .filter((r) => r.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
  // Only the answer goes back.
  sendReview(context, {
    kind: review.kind,
    apiVersion: review.apiVersion,
    metadata: {},
    spec: {},
    status,
  } as KubeObject);
}
