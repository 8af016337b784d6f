/** Which container a request for logs, exec or attach means. */
import type { Pod } from "#api/types/core/v1";
import { badRequest } from "#pkg/apimachinery/status-error.ts";

/** `wanted` may be empty where the pod has one container only. Throws 400 in upstream's words. */
export function containerOf(pod: Pod, wanted: string): string {
  const pods = pod.metadata.name ?? "";
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const names = [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name);
  if (wanted !== "") {
    if (names.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${pods}`);
  }
  if (containers.length === 1) return containers[0]?.name ?? "";
  throw badRequest(`a container name must be specified for pod ${pods}, choose one of: [${names.join(" ")}]`);
}
