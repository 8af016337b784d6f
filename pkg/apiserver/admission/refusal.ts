/** How plugins that look at an object before its name is made refuse it. */
import { forbiddenRequest, type StatusError } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionRequest } from "./plugin.ts";

export type Refused = Pick<AdmissionRequest, "resource" | "name" | "object">;

/** Says who is meant as well as it can: by the name, the beginning of one that is to be made, or not at all. */
export function refusal({ resource, name, object }: Refused, why: string): StatusError {
  const shown = name || object?.metadata?.name || object?.metadata?.generateName || "Unknown";
  return forbiddenRequest(resource.groupResource, shown, why);
}
