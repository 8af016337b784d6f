import type { ClusterRole, Role } from "#api/types/rbac.authorization.k8s.io/v1";
import { pathSegmentErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { validateClusterRoleUpdate, validateNewClusterRole, validateRole } from "./validate.ts";

/** Names are anything that fits a URL, because bootstrap roles hold colons. */
const common = { validateName: pathSegmentErrors, allowCreateOnUpdate: true } as const;

export const roles: Strategy<Role> = { ...common, validate: validateRole };

export const clusterRoles: Strategy<ClusterRole> = {
  ...common,
  validateCreate: validateNewClusterRole,
  validateUpdate: validateClusterRoleUpdate,
};
