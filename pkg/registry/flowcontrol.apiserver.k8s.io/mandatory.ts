/** Objects without which the API server could not share itself out fairly: their specs are fixed. */
import type { FlowSchemaSpec, PriorityLevelConfigurationSpec } from "#api/types/flowcontrol.apiserver.k8s.io/v1";

const groups = (...names: readonly string[]) => names.map((name) => ({ kind: "Group" as const, group: { name } }));

/** Every request of these groups. */
const everything = (...names: readonly string[]): FlowSchemaSpec["rules"] =>
  [
    {
      subjects: groups(...names),
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
    },
  ] as NonNullable<FlowSchemaSpec["rules"]>;

const rulesOf = (rules: FlowSchemaSpec["rules"]): Pick<FlowSchemaSpec, "rules"> => (rules ? { rules } : {});

export const mandatoryFlowSchemas: ReadonlyMap<string, FlowSchemaSpec> = new Map([
  [
    "exempt",
    {
      priorityLevelConfiguration: { name: "exempt" },
      matchingPrecedence: 1,
      ...rulesOf(everything("system:masters")),
    },
  ],
  [
    "catch-all",
    {
      priorityLevelConfiguration: { name: "catch-all" },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: "ByUser" },
      ...rulesOf(everything("system:unauthenticated", "system:authenticated")),
    },
  ],
]);

export const mandatoryPriorityLevels: ReadonlyMap<string, PriorityLevelConfigurationSpec> = new Map([
  ["exempt", { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }],
  [
    "catch-all",
    {
      type: "Limited",
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
    },
  ],
]);
