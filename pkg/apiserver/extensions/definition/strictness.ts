/** Which of today's rules hold for an update: what is stored may break some of them, and then may go on doing so. */
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import { sameMeaning } from "#pkg/registry/shared/semantic.ts";
import { isEstablished } from "../conditions.ts";
import { type ConversionRules, isCaBundle, knowsReviewVersion } from "./conversion.ts";
import { isUnpruned } from "./defaults.ts";
import { type InternalSpec, type Shared, schemaOf, schemasOf } from "./internal.ts";
import { hasAtomicItems, type ListRules, mapListErrors } from "./list-rules.ts";
import { hasKnownType } from "./schema-rules.ts";
import { anySchema, itemsSchema, type Schema } from "./schema-walk.ts";
import { structuralErrors, unsupportedMember } from "./structural-rules.ts";

export interface Strictness extends ConversionRules, ListRules {
  /** Every version has a schema. */
  readonly everySchema: boolean;
  readonly structural: boolean;
  readonly knownTypes: boolean;
  readonly prunedDefaults: boolean;
  readonly fixedNames: boolean;
  /** Versions with too many selectable fields; "": what all versions share. */
  readonly manySelectable: ReadonlySet<string>;
}

export const strict: Strictness = {
  everySchema: true,
  structural: true,
  knownTypes: true,
  prunedDefaults: true,
  atomicSets: true,
  goodMapKeys: true,
  fixedNames: false,
  knownReviewVersion: true,
  // A resource that is not served yet converts nothing.
  goodCaBundle: false,
  manySelectable: new Set(),
};

const isNonStructural = (schema: Schema): boolean =>
  unsupportedMember(schema) !== undefined || structuralErrors("", schema).length > 0;

const isSetOfParts = (schema: Schema): boolean =>
  schema["x-kubernetes-list-type"] === "set" && !hasAtomicItems(itemsSchema(schema));

export function strictnessFor(
  old: Readonly<CustomResourceDefinition>,
  spec: InternalSpec,
  before: InternalSpec,
): Strictness {
  const schemas = schemasOf(before);
  const webhook = before.given.conversion?.webhook;
  const bundle = webhook?.clientConfig?.caBundle;
  const established = isEstablished(old);
  return {
    everySchema: (before.versions ?? []).every((version) => schemaOf(before, version)),
    structural: !schemas.some(isNonStructural),
    knownTypes: !anySchema(schemas, (schema) => !hasKnownType(schema)),
    prunedDefaults: !anySchema(schemas, isUnpruned),
    atomicSets: !anySchema(schemas, isSetOfParts),
    goodMapKeys: !anySchema(schemas, (schema) => [...mapListErrors("", schema)].length > 0),
    fixedNames: established,
    knownReviewVersion: knowsReviewVersion(webhook?.conversionReviewVersions),
    goodCaBundle: established && (!bundle || isCaBundle(bundle)),
    manySelectable: stillMany(spec, before),
  };
}

const selectableMax = 8;

function stillMany(spec: InternalSpec, before: InternalSpec): Set<string> {
  const names = new Set<string>();
  const compare = (name: string, now: Shared, old: Shared | undefined) => {
    const fields = old?.selectableFields ?? [];
    if (fields.length > selectableMax && sameMeaning(fields, now.selectableFields)) names.add(name);
  };
  compare("", spec, before);
  for (const version of spec.versions ?? []) {
    compare(
      version.name,
      version,
      before.versions?.find(({ name }) => name === version.name),
    );
  }
  return names;
}
