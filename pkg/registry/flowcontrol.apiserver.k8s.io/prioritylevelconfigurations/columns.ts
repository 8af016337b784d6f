import type { PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

const none = "<none>";

export const priorityLevelConfigurationCells: Cells<PriorityLevelConfiguration> = (level, now) => {
  const limited = level.spec?.limited;
  const queuing = limited?.limitResponse?.queuing;
  return [
    nameOf(level),
    level.spec?.type ?? "",
    limited ? (limited.nominalConcurrencyShares ?? 0) : none,
    queuing ? (queuing.queues ?? 0) : none,
    queuing ? (queuing.handSize ?? 0) : none,
    queuing ? (queuing.queueLengthLimit ?? 0) : none,
    age(level, now),
  ];
};
