/**
 * Whether a container that has ended runs again. A container's own rules come first, by its exit code, then its own policy,
 * then the pod's.
 */
import type { Container, Pod } from "#api/types/core/v1";
import type { AnyContainer, KindedContainer } from "./pod.ts";

type Policy = "Always" | "OnFailure" | "Never";

type Ruled = Pick<Container, "restartPolicy" | "restartPolicyRules">;

const ownOf = (container: AnyContainer): Ruled => ("restartPolicy" in container ? container : {}) as Ruled;

/** The container's policy where it has one, else the pod's. */
function policyOf(pod: Pod, { container, kind }: KindedContainer): Policy {
  if (kind === "ephemeral") return "Never";
  const own = ownOf(container).restartPolicy;
  const policy = (own ?? pod.spec.restartPolicy ?? "Always") as Policy;
  // A plain init container that succeeded is done, whatever the pod's policy says.
  return kind === "init" && own === undefined && policy === "Always" ? "OnFailure" : policy;
}

export function restartsAfter(pod: Pod, kinded: KindedContainer, exitCode: number): boolean {
  const { restartPolicy, restartPolicyRules = [] } = ownOf(kinded.container);
  if (restartPolicy !== undefined && restartPolicyRules.some((rule) => asksRestart(rule, exitCode))) return true;
  const policy = policyOf(pod, kinded);
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

type Rule = NonNullable<Container["restartPolicyRules"]>[number];

function asksRestart({ action, exitCodes }: Rule, exitCode: number): boolean {
  if (action !== "Restart" || !exitCodes) return false;
  const isListed = (exitCodes.values ?? []).includes(exitCode);
  return exitCodes.operator === "In" ? isListed : exitCodes.operator === "NotIn" && !isListed;
}

/** Whether there is any exit code after which one of the pod's containers runs again. */
export const mayRunAgain = (pod: Pod): boolean =>
  pod.spec.containers.some((container) => {
    const { restartPolicy, restartPolicyRules = [] } = ownOf(container);
    if (restartPolicy !== undefined && restartPolicyRules.some(({ action }) => action === "Restart")) return true;
    return policyOf(pod, { container, kind: "regular" }) !== "Never";
  });
