/** Everything that I may do in a namespace, for `kubectl auth can-i --list`. */
import type { SelfSubjectRulesReview } from "#api/types/authorization.k8s.io/v1";
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
  const privileged = user.groups.includes("system:masters");
  const everything = {
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  };
  review.status = {
    resourceRules: [
      ...(privileged ? everything.resourceRules : []),
      ...rules
        .filter((r) => r.resources?.length)
        .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames ? { resourceNames } : {}),
        })),
    ],
    nonResourceRules: [
      ...(privileged ? everything.nonResourceRules : []),
      ...rules
        .filter((r) => r.nonResourceURLs?.length)
        .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
    ],
    incomplete: false,
  };
  sendReview(context, review);
}
