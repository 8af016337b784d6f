import type { Namespace } from "#api/types/core/v1";
import { labelErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";

const nameLabel = "kubernetes.io/metadata.name";

/** A namespace labels itself with its name, and is kept by its own finalizer list until its content is gone. */
export const namespaces: Strategy<Namespace> = {
  applyDefaults: ({ metadata }) => {
    if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
  },
  prepareForCreate(namespace) {
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"] };
    namespace.status = { phase: "Active" };
  },
  prepareForDelete(namespace) {
    // Neither has upstream's deletion of namespaces a grace period.
    delete namespace.metadata.deletionGracePeriodSeconds;
    namespace.status = { ...namespace.status, phase: "Terminating" };
  },
  prepareForUpdate(namespace, old) {
    namespace.spec = structuredClone(old.spec);
    namespace.status = structuredClone(old.status ?? {});
  },
  validateName: labelErrors,
  fields: { "status.phase": (namespace) => namespace.status?.phase ?? "" },
  subresources: {
    status: {
      prepareForUpdate: (namespace, old) => {
        namespace.spec = structuredClone(old.spec);
      },
    },
    finalize: {
      prepareForUpdate: (namespace, old) => {
        namespace.status = structuredClone(old.status ?? {});
      },
    },
  },
};
