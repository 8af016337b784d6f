import type { ClusterRoleBinding, RoleBinding } from "#api/types/rbac.authorization.k8s.io/v1";
import { pathSegmentErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";

const group = "rbac.authorization.k8s.io";

/** Roles and cluster roles: names are anything that fits a URL, because bootstrap roles hold colons. */
export const roles: Strategy = { validateName: pathSegmentErrors, allowCreateOnUpdate: true };

export const roleBindings: Strategy<RoleBinding | ClusterRoleBinding> = {
  validateName: pathSegmentErrors,
  allowCreateOnUpdate: true,
  applyDefaults(binding) {
    binding.roleRef.apiGroup ||= group;
    for (const subject of binding.subjects ?? []) {
      if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
      if (subject.kind === "ServiceAccount") delete subject.apiGroup;
    }
  },
};
