/** Rules on what a PersistentVolumeClaim asks for; also in templates of claims. */
import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedLocalObjectReference,
  TypedObjectReference,
} from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { forbidden, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, filled, oneOf, say } from "./findings.ts";
import { labelMap, labelSelector, type SelectorLeniency } from "./label-selector.ts";
import { labelErrors, subdomainErrors } from "./names.ts";
import { validateAnnotations } from "./object-meta.ts";
import { resourceQuantity } from "./resource-names.ts";

export const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

export interface ClaimRules {
  readonly selector: SelectorLeniency;
  /** Whether the API groups of data sources must be good: what was stored without may stay so. */
  readonly groups: boolean;
}

const strict: ClaimRules = { selector: {}, groups: true };

export function* claimSpec(path: string, spec: PersistentVolumeClaimSpec | undefined, rules = strict): Findings {
  const { accessModes: modes, selector, storageClassName, volumeMode, volumeAttributesClassName } = spec ?? {};
  if (!modes?.length) yield required(`${path}.accessModes`, "at least 1 access mode is required");
  yield* labelSelector(`${path}.selector`, selector, rules.selector);
  yield* modesFit(`${path}.accessModes`, modes ?? []);
  yield* storage(`${path}.resources[storage]`, spec?.resources?.requests);
  if (storageClassName) yield* say(`${path}.storageClassName`, storageClassName, subdomainErrors(storageClassName));
  if (volumeMode !== undefined) yield* oneOf(`${path}.volumeMode`, volumeMode, ["Block", "Filesystem"]);
  yield* dataSources(path, spec ?? {}, rules);
  if (volumeAttributesClassName) {
    yield* say(
      `${path}.volumeAttributesClassName`,
      volumeAttributesClassName,
      subdomainErrors(volumeAttributesClassName),
    );
  }
}

function* modesFit(path: string, modes: readonly string[]): Findings {
  for (const mode of modes) if (!accessModes.includes(mode)) yield notSupported(path, mode, accessModes);
  const known = modes.filter((mode) => accessModes.includes(mode));
  if (known.includes("ReadWriteOncePod") && known.some((mode) => mode !== "ReadWriteOncePod")) {
    yield forbidden(path, "may not use ReadWriteOncePod with other access modes");
  }
}

function* storage(path: string, requests: Readonly<Record<string, string>> | undefined): Findings {
  const amount = requests && Object.hasOwn(requests, "storage") ? requests["storage"] : undefined;
  if (amount === undefined) yield required(path);
  else if (parseQuantity(amount).sign <= 0) {
    yield invalid(path, parseQuantity(amount).toString(), "must be greater than zero");
  } else yield* resourceQuantity(path, "storage", amount);
}

type DataSource = TypedLocalObjectReference | TypedObjectReference;

function* dataSources(path: string, spec: Partial<PersistentVolumeClaimSpec>, rules: ClaimRules): Findings {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) yield* dataSourceFields(`${path}.dataSource`, dataSource, rules);
  if (dataSourceRef) {
    yield* dataSourceFields(`${path}.dataSourceRef`, dataSourceRef, rules);
    const { namespace } = dataSourceRef;
    if (namespace) yield* say(`${path}.dataSourceRef.namespace`, namespace, labelErrors(namespace));
  }
  if (!dataSource || !dataSourceRef) return;
  const differs = (["apiGroup", "kind", "name"] as const).some((field) => dataSource[field] !== dataSourceRef[field]);
  // Upstream prints a path here, and not the value.
  const shown = {};
  if (dataSourceRef.namespace)
    yield invalid(path, shown, "may not be specified when dataSourceRef.namespace is specified");
  else if (differs) yield invalid(path, shown, "must match dataSourceRef");
}

function* dataSourceFields(path: string, { apiGroup, kind, name }: DataSource, { groups }: ClaimRules): Findings {
  yield* filled(`${path}.name`, name);
  yield* filled(`${path}.kind`, kind);
  if (!apiGroup && kind !== "PersistentVolumeClaim") {
    yield invalid(path, kind ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  }
  if (apiGroup && groups) yield* say(`${path}.apiGroup`, apiGroup, subdomainErrors(apiGroup));
}

const allowedMeta = new Set(["annotations", "labels"]);

export function* claimTemplate(path: string, { metadata, spec }: PersistentVolumeClaimTemplate): Findings {
  yield* templateMeta(`${path}.metadata`, metadata ?? {});
  yield* claimSpec(`${path}.spec`, spec);
}

/** Templates of objects made by others carry labels and annotations only. */
export function* templateMeta(path: string, metadata: ObjectMeta): Findings {
  yield* validateAnnotations(metadata.annotations, `${path}.annotations`);
  yield* labelMap(`${path}.labels`, metadata.labels);
  for (const [field, value] of Object.entries(metadata)) {
    if (value === undefined || value === null || allowedMeta.has(field)) continue;
    // The name that Go has for it, but for its first letter.
    yield forbidden(`${path}.${field === "uid" ? "uID" : field}`, "cannot be set");
  }
}
