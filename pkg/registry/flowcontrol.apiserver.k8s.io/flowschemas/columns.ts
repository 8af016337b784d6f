import type { FlowSchema } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { age, type Cells, nameOf, orNone } from "#pkg/apimachinery/table/cells.ts";

export const flowSchemaCells: Cells<FlowSchema> = (flow, now) => [
  nameOf(flow),
  orNone(flow.spec?.priorityLevelConfiguration.name),
  flow.spec?.matchingPrecedence ?? 0,
  orNone(flow.spec?.distinguisherMethod?.type),
  age(flow, now),
  flow.status?.conditions?.find((c) => c.type === "Dangling")?.status ?? "?",
];
