/** Access to devices that others use is for namespaces that say so. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#admin-access */
import type { DeviceClaim } from "#api/types/resource.k8s.io/v1";
import { type FieldError, forbidden } from "#pkg/apimachinery/validation/field-error.ts";
import type { NamespaceLabels } from "../../strategy.ts";

const label = "resource.kubernetes.io/admin-access";

/** Only the first request that asks for it is told, in templates too as if the claim stood alone. */
export async function adminAccessErrors(
  devices: DeviceClaim | undefined,
  namespaceLabels: NamespaceLabels,
): Promise<FieldError[]> {
  const at = (devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  if (at < 0 || (await namespaceLabels())[label] === "true") return [];
  const text = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
  return [forbidden(`spec.devices.requests[${at}].adminAccess`, text)];
}
