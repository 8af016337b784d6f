import type { ClusterRoleBinding, RoleBinding } from "#api/types/rbac.authorization.k8s.io/v1";
import { pathSegmentErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import {
  rbacGroup,
  validateClusterRoleBinding,
  validateRoleBinding,
  validateRoleRefUpdate,
} from "../roles/validate.ts";

/** Service accounts are of the core group, whose name is empty. */
function applyDefaults(binding: RoleBinding | ClusterRoleBinding): void {
  binding.roleRef ??= { apiGroup: "", kind: "", name: "" };
  binding.roleRef.apiGroup ||= rbacGroup;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= rbacGroup;
    else if (subject.apiGroup === "") delete subject.apiGroup;
  }
}

const common = {
  validateName: pathSegmentErrors,
  allowCreateOnUpdate: true,
  applyDefaults,
  validateUpdate: validateRoleRefUpdate,
} as const;

export const roleBindings: Strategy<RoleBinding> = { ...common, validate: validateRoleBinding };
export const clusterRoleBindings: Strategy<ClusterRoleBinding> = { ...common, validate: validateClusterRoleBinding };
