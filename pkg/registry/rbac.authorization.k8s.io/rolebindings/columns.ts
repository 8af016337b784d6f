import type { ClusterRoleBinding, RoleBinding, Subject } from "#api/types/rbac.authorization.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const roleBindingCells: Cells<RoleBinding | ClusterRoleBinding> = (binding, now) => {
  const subjects = binding.subjects ?? [];
  const names = (kind: string, text: (subject: Subject) => string) =>
    subjects
      .filter((s) => s.kind === kind)
      .map(text)
      .join(", ");
  return [
    nameOf(binding),
    `${binding.roleRef.kind}/${binding.roleRef.name}`,
    age(binding, now),
    names("User", (s) => s.name),
    names("Group", (s) => s.name),
    names("ServiceAccount", (s) => `${s.namespace ?? ""}/${s.name}`),
  ];
};
