/**
 * The rules of definitions of custom resources:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { CustomResourceDefinition, CustomResourceDefinitionSpec } from "#api/types/apiextensions.k8s.io/v1";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "#pkg/registry/shared/findings.ts";
import { immutable } from "#pkg/registry/shared/immutable.ts";
import { label1035Errors, subdomainErrors } from "#pkg/registry/shared/names.ts";
import { approval, keepsUnknownFields } from "./approval.ts";
import { conversion } from "./conversion.ts";
import { type InternalSpec, type InternalVersion, internalSpec, schemaOf, schemasOf } from "./internal.ts";
import { requiredNames, resourceNames } from "./names.ts";
import { printedVersion } from "./printed.ts";
import { anySchema, hasDefaults, hasExtensions, type Schema } from "./schema-walk.ts";
import { type Strictness, strict, strictnessFor } from "./strictness.ts";
import { unsupportedMember } from "./structural-rules.ts";
import { deprecation, printerColumn, selectableFields, subresources } from "./version-rules.ts";
import { versionSchema } from "./version-schema.ts";

type Definition = Readonly<CustomResourceDefinition>;

const scopes = ["Cluster", "Namespaced"];

export function validateNewDefinition(definition: Definition): FieldError[] {
  const spec = internalSpec(definition.spec ?? {});
  return [
    ...objectName(definition),
    ...specErrors("spec", spec, strict),
    ...statusErrors(definition, spec),
    ...approval(definition, undefined),
    ...keepsUnknownFields(definition, undefined),
  ];
}

export function validateDefinitionUpdate(next: Definition, old: Definition): FieldError[] {
  const [spec, before] = [internalSpec(next.spec ?? {}), internalSpec(old.spec ?? {})];
  const strictness = strictnessFor(old, spec, before);
  return [
    ...specErrors("spec", spec, strictness),
    ...fixedFields(next.spec ?? {}, old.spec ?? {}, strictness),
    ...statusErrors(next, spec),
    ...approval(next, old),
    ...keepsUnknownFields(next, old),
  ];
}

export const validateDefinitionStatus = ({ status }: Definition): FieldError[] => [
  ...resourceNames("status.acceptedNames", status?.acceptedNames ?? {}),
];

function* objectName({ metadata: { name, generateName }, spec }: Definition): Findings {
  const wanted = `${spec?.names?.plural ?? ""}.${spec?.group ?? ""}`;
  for (const [member, text] of Object.entries({ generateName, name })) {
    if (text && text !== wanted) yield invalid(`metadata.${member}`, text, 'must be spec.names.plural+"."+spec.group');
  }
}

function* statusErrors({ status }: Definition, spec: InternalSpec): Findings {
  yield* resourceNames("status.acceptedNames", status?.acceptedNames ?? {});
  const path = "status.storedVersions";
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) {
    yield invalid(path, null, "must have at least one stored version");
    return;
  }
  const left = new Set(stored);
  for (const { name, storage } of spec.versions ?? []) {
    // A name that stands twice counts once.
    if (storage && !left.has(name)) yield invalid(path, stored, `must have the storage version ${name}`);
    left.delete(name);
  }
  for (const version of left) {
    const text = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    yield invalid(`${path}[${stored.lastIndexOf(version)}]`, version, text);
  }
}

type Given = Partial<CustomResourceDefinitionSpec>;

/** Where objects are stored never changes. */
function* fixedFields(next: Given, old: Given, { fixedNames }: Strictness): Findings {
  if (fixedNames) {
    yield* immutable("spec.scope", next.scope ?? "", old.scope ?? "");
    yield* immutable("spec.names.kind", next.names?.kind ?? "", old.names?.kind ?? "");
  }
  yield* immutable("spec.group", next.group ?? "", old.group ?? "");
  yield* immutable("spec.names.plural", next.names?.plural ?? "", old.names?.plural ?? "");
}

function* specErrors(path: string, spec: InternalSpec, given: Strictness): Findings {
  const { group = "", scope = "", names = {}, preserveUnknownFields } = spec.given;
  yield* groupName(`${path}.group`, group);
  if (scope === "") yield required(`${path}.scope`);
  else if (!scopes.includes(scope)) yield notSupported(`${path}.scope`, scope, scopes);
  const schemas = schemasOf(spec);
  const prunes = preserveUnknownFields !== true;
  const structural = prunes || anySchema(schemas, (one) => hasDefaults(one) || hasExtensions(one));
  const strictness: Strictness = { ...given, structural: given.structural || structural };
  yield* presentSchemas(path, spec, strictness);
  if (!prunes && anySchema(schemas, hasDefaults)) {
    yield invalid(`${path}.preserveUnknownFields`, true, "must be false in order to use defaults in the schema");
  }
  yield* versions(path, spec, strictness);
  yield* requiredNames(`${path}.names`, names);
  yield* resourceNames(`${path}.names`, names);
  yield* sharedRules(path, spec, strictness);
  const { conversion: converts } = spec.given;
  if (converts && converts.strategy !== "None" && !prunes) {
    const text = "must be None if spec.preserveUnknownFields is true";
    yield invalid(`${path}.conversion.strategy`, converts.strategy ?? "", text);
  }
  if (converts) yield* conversion(`${path}.conversion`, converts, strictness);
}

function* groupName(path: string, group: string): Findings {
  const texts = subdomainErrors(group);
  if (group === "") yield required(path);
  else if (texts.length > 0) yield invalid(path, group, texts.join(","));
  else if (!group.includes(".")) yield invalid(path, group, "should be a domain with at least one dot");
}

function* presentSchemas(path: string, spec: InternalSpec, { everySchema }: Strictness): Findings {
  for (const [at, version] of (spec.versions ?? []).entries()) {
    if (schemaOf(spec, version)) continue;
    const where = `${path}.versions[${at}].schema.openAPIV3Schema`;
    if (everySchema) yield required(where);
    else if (spec.given.preserveUnknownFields !== true && version.served) {
      yield required(where, "because otherwise all fields are pruned");
    }
  }
}

const hasStatus = ({ subresources: of }: Pick<InternalVersion, "subresources">): boolean => of?.status !== undefined;

function* versions(path: string, spec: InternalSpec, strictness: Strictness): Findings {
  const list = spec.versions ?? [];
  for (const [at, version] of list.entries()) {
    const where = `${path}.versions[${at}]`;
    const wrong = label1035Errors(version.name);
    if (wrong.length > 0) yield invalid(`${where}.name`, version.name, wrong.join(","));
    yield* oneVersion(where, version, spec, strictness);
  }
  const shown = spec.versions?.map(printedVersion) ?? null;
  const all = `${path}.versions`;
  if (new Set(list.map(({ name }) => name)).size < list.length) {
    yield invalid(all, shown, "must contain unique version names");
  }
  if (list.filter(({ storage }) => storage).length !== 1) {
    yield invalid(all, shown, "must have exactly one version marked as storage version");
  }
  const first = list[0]?.name ?? "";
  const wrong = first === "" ? [] : label1035Errors(first);
  if (wrong.length > 0) yield invalid(`${path}.version`, first, wrong.join(","));
}

/** What a version has of its own. */
function* oneVersion(path: string, version: InternalVersion, spec: InternalSpec, strictness: Strictness): Findings {
  yield* deprecation(`${path}.deprecationWarning`, version);
  const { schema, additionalPrinterColumns, selectableFields: fields = [] } = version;
  if (schema) {
    const status = hasStatus(version) || hasStatus(spec);
    yield* versionSchema(`${path}.schema`, schema.openAPIV3Schema, { strictness, status });
  }
  yield* subresources(`${path}.subresources`, version.subresources);
  yield* each(`${path}.additionalPrinterColumns`, additionalPrinterColumns, printerColumn);
  if (fields.length === 0) return;
  // A schema that all versions share does not count here.
  if (!schema?.openAPIV3Schema) {
    yield invalid(
      `${path}.selectableFields`,
      "",
      "may only be set when `version.schema.openAPIV3Schema` is not included",
    );
    return;
  }
  yield* selectable(path, schema.openAPIV3Schema, version, strictness);
}

/** What all versions share. */
function* sharedRules(path: string, spec: InternalSpec, strictness: Strictness): Findings {
  const { schema, additionalPrinterColumns, selectableFields: fields = [] } = spec;
  if (schema) {
    const status = hasStatus(spec) || (spec.versions ?? []).some(hasStatus);
    yield* versionSchema(`${path}.validation`, schema.openAPIV3Schema, { strictness, status });
  }
  yield* subresources(`${path}.subresources`, spec.subresources);
  yield* each(`${path}.additionalPrinterColumns`, additionalPrinterColumns, printerColumn);
  if (fields.length === 0) return;
  if (schema) yield* selectable(path, schema.openAPIV3Schema ?? {}, { name: "", selectableFields: fields }, strictness);
  else yield invalid(`${path}.selectableFields`, "", "may only be set when validations.schema is included");
}

type Selecting = Pick<InternalVersion, "name" | "selectableFields">;

function* selectable(path: string, schema: Schema, of: Selecting, { manySelectable }: Strictness): Findings {
  const unsupported = unsupportedMember(schema);
  if (unsupported !== undefined) yield invalid(`${path}.schema.openAPIV3Schema`, "", unsupported);
  const mayBeMany = manySelectable.has(of.name);
  yield* selectableFields(`${path}.selectableFields`, of.selectableFields ?? [], { schema, mayBeMany });
}
