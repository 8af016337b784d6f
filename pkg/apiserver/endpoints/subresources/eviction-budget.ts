/** What a disruption budget says about one more eviction, and how an eviction is charged to it. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "#api/types/policy/v1";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { setCondition } from "#pkg/apimachinery/set-condition.ts";
import { forbiddenRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../../context.ts";
import { timestamp } from "../../write/request.ts";
import { updateObject } from "../../write/update.ts";
import { writeRequestOf } from "../write-options.ts";

type Budget = Readonly<PodDisruptionBudget>;

/** Evictions that the controller has not seen; beyond it no more are approved. */
const disruptedPodsMax = 2000;
const processingSeconds = 10;
const conditionType = "DisruptionAllowed";

/** The budget that guards a pod. Throws 500 when there are several. */
export async function budgetOf(
  { services, request }: ResourceContext,
  pod: Readonly<Pod>,
): Promise<Budget | undefined> {
  const budgets = await services.reader.list(resources.poddisruptionbudgets, request.namespace);
  const matching = (budgets as PodDisruptionBudget[]).filter((budget) => selects(budget, pod));
  if (matching.length > 1) {
    const why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new StatusError("Unknown", why, { code: 500 });
  }
  const name = matching[0]?.metadata.name;
  if (name === undefined) return undefined;
  return (await services.reader.getLatest(resources.poddisruptionbudgets, request.namespace, name)) as
    | Budget
    | undefined;
}

function selects({ spec }: Budget, pod: Readonly<Pod>): boolean {
  try {
    return labelSelectorFrom(spec?.selector).matches(pod.metadata.labels);
  } catch {
    // A selector that is not valid selects nothing.
    return false;
  }
}

/** Whether a pod that is not ready may go without being charged. */
export function sparesUnready({ spec, status }: Budget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const wanted = status?.desiredHealthy ?? 0;
  return wanted > 0 && (status?.currentHealthy ?? 0) >= wanted;
}

/** Charges the eviction of a pod to its budget. Throws 429 when the budget does not allow it now. */
export async function spendBudget(context: ResourceContext, budget: Budget, dryRun: boolean): Promise<void> {
  const { services, request } = context;
  const resource = services.table.ensure("policy", "v1", "poddisruptionbudgets");
  const write = {
    ...writeRequestOf(context, { dryRun, manager: "kube-apiserver" }),
    resource,
    subresource: "status",
    name: budget.metadata.name ?? "",
  };
  const charge = (current: Readonly<KubeObject>) =>
    spend(current as PodDisruptionBudget, request.name, timestamp(services.clock.now()));
  await updateObject(write, charge, { system: true });
}

function spend(current: Budget, podName: string, now: string): KubeObject {
  ensureAllowed(current);
  const budget = cloneJson(current) as PodDisruptionBudget & { status: PodDisruptionBudgetStatus };
  const { status } = budget;
  status.disruptionsAllowed -= 1;
  status.disruptedPods = { ...status.disruptedPods, [podName]: now };
  if (status.disruptionsAllowed === 0) {
    const { observedGeneration } = status;
    const generation = observedGeneration === undefined ? {} : { observedGeneration };
    const exhausted = { type: conditionType, status: "False", reason: "InsufficientPods", message: "", ...generation };
    status.conditions = setCondition(status.conditions, exhausted, now);
  }
  return budget as KubeObject;
}

function ensureAllowed({ metadata, status }: Budget): void {
  const { name = "", generation = 0 } = metadata;
  if (!status || (status.observedGeneration ?? 0) < generation) throw stillProcessed(name);
  const forbid = (why: string) => forbiddenRequest({ group: "policy", resource: "poddisruptionbudget" }, name, why);
  if (status.disruptionsAllowed < 0) throw forbid("pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > disruptedPodsMax) {
    throw forbid("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  }
  if (status.disruptionsAllowed === 0) throw tooManyEvictions(whyNot(name, status), 0);
}

export const stillProcessed = (budget: string): StatusError =>
  tooManyEvictions(`The disruption budget ${budget} is still being processed by the server.`, processingSeconds);

function whyNot(name: string, { conditions, desiredHealthy, currentHealthy }: PodDisruptionBudgetStatus): string {
  const condition = conditions?.find(({ type }) => type === conditionType);
  const said = condition?.status === "False" && condition.message !== "" ? condition : undefined;
  // After a failure the counts are not to be trusted.
  if (said?.reason === "SyncFailed") {
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${said.message}`;
  }
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  const base = `The disruption budget ${name} does not allow evicting pods currently`;
  return said ? `${base} (${said.reason}): ${said.message}` : base;
}

function tooManyEvictions(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: {
      causes: [{ reason: "DisruptionBudget", message }],
      ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
    },
  });
}
