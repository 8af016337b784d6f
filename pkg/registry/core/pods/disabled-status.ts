/** Members of a pod's status that belong to features that are off, as upstream's are by default: taken and not kept. */
import type { ContainerStatus, PodStatus } from "#api/types/core/v1";

type OfContainers = "initContainerStatuses" | "containerStatuses" | "ephemeralContainerStatuses";

const lists: readonly OfContainers[] = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];

const isDisabled = ({ allocatedResourcesStatus }: ContainerStatus): boolean => allocatedResourcesStatus !== undefined;

/** A copy that shares what it leaves. */
export function withoutDisabled(status: PodStatus): PodStatus {
  const { allocatedResources: _a, resources: _r, extendedResourceClaimStatus: _e, ...kept } = status;
  for (const list of lists) {
    const statuses = kept[list];
    if (!statuses?.some(isDisabled)) continue;
    kept[list] = statuses.map(({ allocatedResourcesStatus: _, ...container }) => container);
  }
  return kept;
}
