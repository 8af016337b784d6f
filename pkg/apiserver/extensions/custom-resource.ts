/** A version of a CustomResourceDefinition as a resource like any other. */
import type { ResourceDef, Subresource } from "#api/index.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "#api/types/apiextensions.k8s.io/v1";
import { JsonPath } from "#pkg/apimachinery/jsonpath/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { allMetadata, keepMetadata } from "#pkg/registry/shared/kept-metadata.ts";
import type { Strategy, UpdateRules } from "#pkg/registry/strategy.ts";
import type { Storage } from "#pkg/storage/types.ts";
import { compareVersions } from "../discovery/index.ts";
import { type Conversion, type ServedResource, serveResource } from "../resources/served-resource.ts";
import { type PrintedColumns, printedColumns } from "./columns.ts";
import { blocksRules, SchemaRules, unchecked } from "./rules.ts";
import { appliedCustomKind, applyDefaults, prune, type Structural } from "./structural.ts";
import { SchemaValidator } from "./validate.ts";

/** Where a custom resource keeps what a Scale shows. Names of members, from the root. */
export interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  readonly selector: readonly string[] | undefined;
}

/** What is special about a custom resource. */
export interface CustomRules {
  readonly schema: Structural | undefined;
  readonly scale: ScalePaths | undefined;
  readonly columns: PrintedColumns;
  /** Drops what the schema does not name; returns the paths of it. */
  prune(object: KubeObject): string[];
}

/** In the order in which discovery tells them of custom resources. */
const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

export interface CustomOptions {
  readonly storage: Storage;
  /** `/registry`. */
  readonly root: string;
}

/** The prefix of the definition's objects in storage, whatever their version. */
export const prefixOf = ({ spec }: Readonly<CustomResourceDefinition>, root: string): string =>
  `${root}/${spec.group}/${spec.names.plural}/`;

export function serveVersion(
  definition: Readonly<CustomResourceDefinition>,
  version: CustomResourceDefinitionVersion,
  { storage, root }: CustomOptions,
): ServedResource {
  const rules = rulesOf(version);
  const stored = definition.spec.versions.find((one) => one.storage) ?? version;
  const def = definitionOf(definition, version, rules);
  return serveResource({
    def,
    storedDef: definitionOf(definition, stored, rules),
    root,
    isCustom: true,
    custom: rules,
    applied: appliedCustomKind(rules.schema),
    strategy: strategyOf(version, rules),
    ...(stored === version ? {} : { conversion: renaming(definition.spec.group, version.name, stored.name) }),
    openStore: (spec) => storage.store(spec),
  });
}

function rulesOf(version: CustomResourceDefinitionVersion): CustomRules {
  const schema = version.schema?.openAPIV3Schema as Structural | undefined;
  const scale = version.subresources?.scale;
  return {
    schema,
    columns: printedColumns(version.additionalPrinterColumns),
    scale: scale && {
      spec: namesOf(scale.specReplicasPath),
      status: namesOf(scale.statusReplicasPath),
      selector: scale.labelSelectorPath ? namesOf(scale.labelSelectorPath) : undefined,
    },
    prune: (object) => prune(object as unknown as Record<string, unknown>, schema),
  };
}

const namesOf = (path: string): readonly string[] => new JsonPath(path).names ?? [];

function definitionOf(
  { spec, status }: Readonly<CustomResourceDefinition>,
  version: CustomResourceDefinitionVersion,
  { columns }: CustomRules,
): ResourceDef {
  const { group, scope } = spec;
  const names = status?.acceptedNames?.plural ? status.acceptedNames : spec.names;
  const subresource = (name: string, kind: string, of: { group: string; version: string }): Subresource => ({
    name,
    kind,
    group: of.group,
    version: of.version,
    verbs: ["get", "patch", "update"],
  });
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: spec.names.plural,
    singular: names.singular ?? "",
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === "Namespaced",
    verbs,
    subresources: [
      ...(version.subresources?.status ? [subresource("status", names.kind, { group, version: version.name })] : []),
      ...(version.subresources?.scale ? [subresource("scale", "Scale", { group: "autoscaling", version: "v1" })] : []),
    ],
    columns: columns.columns,
    type: `${group}/${version.name}.${names.kind}`,
    ...(version.deprecated ? { deprecation: deprecationOf(spec, version, names.kind) } : {}),
  };
}

function deprecationOf(
  { group, versions }: CustomResourceDefinitionSpec,
  { name, deprecationWarning }: CustomResourceDefinitionVersion,
  kind: string,
): string {
  if (deprecationWarning !== undefined) return deprecationWarning;
  const better = versions
    .filter((one) => one.served && !one.deprecated && compareVersions(one.name, name) > 0)
    .sort((a, b) => compareVersions(b.name, a.name))[0];
  const advice = better ? `; use ${group}/${better.name} ${kind}` : "";
  return `${group}/${name} ${kind} is deprecated${advice}`;
}

function strategyOf(version: CustomResourceDefinitionVersion, { schema }: CustomRules): Strategy {
  const validator = schema && new SchemaValidator(schema);
  const rules = schema && new SchemaRules(schema);
  const statusSchema = (schema?.properties as Record<string, Structural> | undefined)?.["status"];
  const statusValidator = statusSchema && new SchemaValidator(statusSchema);
  const hasStatus = version.subresources?.status !== undefined;
  const selectable = (version.selectableFields ?? []).map(({ jsonPath }) => {
    const path = new JsonPath(jsonPath);
    return [jsonPath.replace(/^\./, ""), (object: Readonly<KubeObject>) => textOf(path.find(object)[0])] as const;
  });
  return {
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    applyDefaults: (object) => applyDefaults(object, schema),
    prepareForCreate: (object) => {
      if (hasStatus) delete (object as { status?: unknown }).status;
    },
    ...(validator && rules
      ? {
          validateCreate: (object: KubeObject) => errorsOf(validator, rules, { object }),
          validateUpdate: (object: KubeObject, old: Readonly<KubeObject>) =>
            errorsOf(validator, rules, { object, old }),
        }
      : {}),
    ...(hasStatus ? { subresources: { status: statusRules(statusValidator) } } : {}),
    ...(selectable.length > 0 ? { fields: Object.fromEntries(selectable) } : {}),
  };
}

/** Status only: metadata stays as it was, though upstream says that who writes it owns it. */
function statusRules(validator: SchemaValidator | undefined): UpdateRules {
  return {
    prepareForUpdate: (object, old) => keepMetadata(object.metadata, old.metadata, allMetadata),
    ...(validator ? { validateUpdate: (object: KubeObject) => statusErrors(validator, object) } : {}),
  };
}

interface Subject {
  readonly object: KubeObject;
  readonly old?: Readonly<KubeObject>;
}

function errorsOf(validator: SchemaValidator, rules: SchemaRules, { object, old }: Subject): FieldError[] {
  const errors = validator.validate(object);
  if (rules.none) return errors;
  return errors.some(blocksRules) ? [...errors, unchecked] : [...errors, ...rules.validate(object, old)];
}

function statusErrors(validator: SchemaValidator, object: KubeObject): FieldError[] {
  const { status } = object as { status?: unknown };
  return status === undefined ? [] : validator.validate(status, "status");
}

const textOf = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** Conversion strategy None: versions differ in their name only. */
function renaming(group: string, served: string, stored: string): Conversion {
  const named = (object: KubeObject, version: string): KubeObject => ({ ...object, apiVersion: `${group}/${version}` });
  return { toStored: (object) => named(object, stored), toServed: (object) => named(object, served) };
}
