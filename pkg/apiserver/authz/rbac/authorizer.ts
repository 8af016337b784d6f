/** Role-based access control. */
import { type Attributes, type Authorizer, allow, type Decision, noOpinion } from "../authorizer.ts";
import type { RbacPolicy } from "./policy.ts";
import { ruleAllows } from "./rules.ts";

const allowed = allow();

export function rbacAuthorizer(policy: RbacPolicy): Authorizer {
  return {
    name: "RBAC",
    authorize(attributes) {
      const grants = policy.grantsOf(attributes.user);
      for (const rule of grants.everywhere) if (ruleAllows(rule, attributes)) return allowed;
      const namespace = attributes.resource?.namespace ?? "";
      if (namespace !== "") {
        for (const rule of grants.byNamespace.get(namespace) ?? []) if (ruleAllows(rule, attributes)) return allowed;
      }
      return refusal(attributes, grants.missing);
    },
  };
}

function refusal(attributes: Attributes, missing: ReadonlyMap<string, readonly string[]>): Decision {
  if (missing.size === 0) return noOpinion();
  const namespace = attributes.resource?.namespace ?? "";
  const texts = [...(missing.get("") ?? []), ...(namespace === "" ? [] : (missing.get(namespace) ?? []))];
  if (texts.length === 0) return noOpinion();
  return noOpinion(`RBAC: ${texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`}`);
}
