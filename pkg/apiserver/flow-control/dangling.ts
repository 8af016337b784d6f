/** Whether a FlowSchema's priority level exists, as its status tells. Pure. */
import type { FlowSchema, FlowSchemaCondition } from "#api/types/flowcontrol.apiserver.k8s.io/v1";

const type = "Dangling";

/** Undefined: the status says so already. `now`: a timestamp of the API. */
export function danglingCondition(
  { spec, status }: Readonly<FlowSchema>,
  levelExists: (name: string) => boolean,
  now: string,
): FlowSchemaCondition | undefined {
  const level = spec?.priorityLevelConfiguration?.name ?? "";
  const found = levelExists(level);
  const subject = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const next = {
    type,
    status: found ? "False" : "True",
    reason: found ? "Found" : "NotFound",
    message: `${subject} ${found ? "and it exists" : "but there is no such object"}`,
  };
  const last = status?.conditions?.find((condition) => condition.type === type);
  const isSame = last?.status === next.status && last.reason === next.reason && last.message === next.message;
  return isSame ? undefined : { ...next, lastTransitionTime: now };
}
