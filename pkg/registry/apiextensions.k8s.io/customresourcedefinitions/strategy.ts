import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

export const customresourcedefinitions: Strategy<CustomResourceDefinition> = {
  hasGeneration: true,
  finalizersOnDelete: ["customresourcecleanup.apiextensions.k8s.io"],
  applyDefaults({ spec }) {
    spec.names.singular ||= spec.names.kind?.toLowerCase();
    spec.names.listKind ||= `${spec.names.kind}List`;
    spec.conversion ??= { strategy: "None" };
    if (spec.conversion.webhook?.clientConfig?.service) spec.conversion.webhook.clientConfig.service.port ??= 443;
  },
  prepareForCreate(definition) {
    const stored = definition.spec.versions?.filter((version) => version.storage).map((version) => version.name) ?? [];
    const status = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: stored };
    definition.status = status as unknown as NonNullable<CustomResourceDefinition["status"]>;
  },
};
