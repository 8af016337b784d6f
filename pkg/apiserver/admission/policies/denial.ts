/** How a client is told which policy refused its request. */
import { forbiddenRequest, StatusError, type StatusReason } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionRequest } from "../plugin.ts";
import type { Policy, PolicyBinding } from "./policy.ts";

export interface Denial {
  readonly policy: Policy;
  readonly binding: PolicyBinding | undefined;
  readonly message: string;
  /** Undefined: Invalid. */
  readonly reason: string | undefined;
}

/** The reasons that a validation may give; each has its code. */
const reasons = new Set<string>([
  "Unauthorized",
  "Forbidden",
  "Invalid",
  "RequestEntityTooLarge",
] satisfies StatusReason[]);

export function denialError(
  { policy, binding, message, reason = "Invalid" }: Denial,
  request: AdmissionRequest,
): StatusError {
  const by = binding ? `'${policy.name}' with binding '${binding.name}'` : `'${policy.name}'`;
  const text = `ValidatingAdmissionPolicy ${by} denied request: ${message}`;
  const { metadata } = request.object ?? {};
  const name = request.name || metadata?.name || metadata?.generateName || "Unknown";
  const forbidden = forbiddenRequest(request.resource.groupResource, name, text);
  return new StatusError(reasons.has(reason) ? (reason as StatusReason) : "Invalid", forbidden.message, {
    details: { ...forbidden.details, causes: [{ message: text }] },
  });
}
