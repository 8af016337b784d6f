import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

const storageVersionOf = ({ spec }: Readonly<CustomResourceDefinition>): string | undefined =>
  spec?.versions?.find(({ storage }) => storage)?.name;

export const customresourcedefinitions: Strategy<CustomResourceDefinition> = {
  hasGeneration: true,
  finalizersOnDelete: ["customresourcecleanup.apiextensions.k8s.io"],
  allowUnconditionalUpdate: false,
  applyDefaults(definition) {
    const { spec, status } = definition;
    if (!spec) return;
    const storage = storageVersionOf(definition);
    if (storage !== undefined && !status?.storedVersions?.length) {
      definition.status = { ...status, storedVersions: [storage] };
    }
    spec.names ??= { plural: "", kind: "" };
    const { names } = spec;
    if (names.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: "None" };
    if (spec.conversion.webhook?.clientConfig?.service) spec.conversion.webhook.clientConfig.service.port ??= 443;
  },
  /** A version in which objects were stored once counts until somebody says that none are left. */
  prepareForUpdate(definition) {
    const { status } = definition;
    const name = storageVersionOf(definition);
    if (!status || name === undefined || status.storedVersions?.includes(name)) return;
    status.storedVersions = [...(status.storedVersions ?? []), name];
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
    const storage = storageVersionOf(definition);
    const stored = storage === undefined ? null : [storage];
    const status = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: stored };
    definition.status = status as unknown as NonNullable<CustomResourceDefinition["status"]>;
  },
};
