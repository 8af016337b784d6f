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
  /** Deletion of a definition is not a change of it; that its objects go first is told at once. */
  prepareForDelete(definition, old, { now }) {
    const { metadata } = definition;
    if (old.metadata.generation !== undefined) metadata.generation = old.metadata.generation;
    delete metadata.deletionGracePeriodSeconds;
    const conditions = (definition.status?.conditions ?? []).filter(({ type }) => type !== "Terminating");
    conditions.push({
      type: "Terminating",
      status: "True",
      lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
      reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    });
    definition.status = { ...definition.status, conditions };
  },
  prepareForCreate(definition) {
    const stored = definition.spec.versions?.filter((version) => version.storage).map((version) => version.name) ?? [];
    const status = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: stored };
    definition.status = status as unknown as NonNullable<CustomResourceDefinition["status"]>;
  },
};
