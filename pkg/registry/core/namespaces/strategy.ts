import type { Namespace } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { labelErrors } from "../../shared/names.ts";
import { isKnownFinalizer, noFinalizerDomain } from "../../shared/object-meta.ts";
import type { Strategy } from "../../strategy.ts";

const nameLabel = "kubernetes.io/metadata.name";

/** A namespace labels itself with its name, and is kept by its own finalizer list until its content is gone. */
export const namespaces: Strategy<Namespace> = {
  applyDefaults: (namespace) => {
    const { metadata, status } = namespace;
    namespace.status = { ...status, phase: status?.phase || "Active" };
    if (metadata.name) labelWithName(namespace);
  },
  complete: labelWithName,
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
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name) => [...finalizer("spec.finalizers", name)]),
  fields: { "status.phase": (namespace) => namespace.status?.phase ?? "" },
  subresources: {
    status: {
      prepareForUpdate: (namespace, old) => {
        namespace.spec = structuredClone(old.spec);
      },
      validateUpdate: phaseFits,
    },
    finalize: {
      prepareForUpdate: (namespace, old) => {
        namespace.status = structuredClone(old.status ?? {});
      },
      validateUpdate: ({ spec }) =>
        (spec?.finalizers ?? []).flatMap((name, at) => [...finalizer(`spec.finalizers[${at}]`, name)]),
    },
  },
};

function* finalizer(path: string, name: string): Findings {
  yield* say(path, name, labelKeyErrors(name));
  if (!isKnownFinalizer(name)) yield invalid(path, name, noFinalizerDomain);
}

/** `Phase` is what upstream calls the field here. */
function phaseFits({ metadata, status }: Readonly<Namespace>): FieldError[] {
  const phase = status?.phase ?? "";
  const [wanted, when] = metadata.deletionTimestamp ? ["Terminating", "is not empty"] : ["Active", "is empty"];
  if (phase === wanted) return [];
  return [invalid("status.Phase", phase, `may only be '${wanted}' if \`deletionTimestamp\` ${when}`)];
}

function labelWithName({ metadata }: Namespace): void {
  metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name ?? "" };
}
