/** A version of a CustomResourceDefinition as a resource like any other. */
import type { ResourceDef, Subresource } from "#api/index.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "#api/types/apiextensions.k8s.io/v1";
import { JsonPath } from "#pkg/apimachinery/jsonpath/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { Storage } from "#pkg/storage/types.ts";
import { compareVersions } from "../discovery/index.ts";
import { type ServedResource, serveResource } from "../resources/served-resource.ts";
import { type PrintedColumns, printedColumns } from "./columns.ts";
import { isTerminating } from "./conditions.ts";
import { EmbeddedError } from "./embedded.ts";
import { appliedCustomKind } from "./owned-fields.ts";
import { customStrategy } from "./strategy.ts";
import { prune, type Structural, withPlainNumbers } from "./structural.ts";
import type { Converter } from "./versions/converter.ts";
import { StoredView, type VersionSchemas } from "./versions/stored-view.ts";
import { VersionedStore } from "./versions/versioned-store.ts";

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
  /** JSON paths of the field selectors beyond those of metadata. */
  readonly selectable: readonly string[];
  /** Drops what the schema does not name; returns the paths of it. */
  prune(object: KubeObject): string[];
  /** `convert` asks somebody else: many conversions are to be avoided. */
  readonly convertsLater: boolean;
  /** An object of another version of the resource as one of this: itself when it is one. Rejects as the converter does. */
  convert(object: KubeObject): Promise<KubeObject>;
}

/** In the order in which discovery tells them of custom resources. */
const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

export interface CustomOptions {
  readonly storage: Storage;
  /** `/registry`. */
  readonly root: string;
  readonly converter: Converter;
  readonly schemas: VersionSchemas;
  /** The definition says what it says since this revision. */
  readonly sinceRevision: number;
}

/** A version that is served, with the store that ends its watches when it is no more. */
export interface ServedVersion {
  readonly resource: ServedResource;
  readonly store: VersionedStore;
}

/** The prefix of the definition's objects in storage, whatever their version. */
export const prefixOf = ({ spec }: Readonly<CustomResourceDefinition>, root: string): string =>
  `${root}/${spec.group}/${spec.names.plural}/`;

export function serveVersion(
  definition: Readonly<CustomResourceDefinition>,
  version: CustomResourceDefinitionVersion,
  options: CustomOptions,
): ServedVersion {
  const rules = rulesOf(definition, version, options.converter);
  const { schema, scale } = rules;
  const fields = selectableFields(version);
  const def = definitionOf(definition, version, rules);
  const store = versionedStore(definition, version, { ...options, fields });
  const resource = serveResource({
    def,
    root: options.root,
    isCustom: true,
    custom: rules,
    applied: appliedCustomKind(schema),
    strategy: customStrategy({ version, schema, scale, fields, isTerminating: isTerminating(definition) }),
    openStore: () => store,
  });
  return { resource, store };
}

type Fields = Readonly<Record<string, (object: Readonly<KubeObject>) => string>>;

function versionedStore(
  definition: Readonly<CustomResourceDefinition>,
  version: CustomResourceDefinitionVersion,
  { storage, root, converter, schemas, sinceRevision, fields }: CustomOptions & { fields: Fields },
): VersionedStore {
  const { group, versions } = definition.spec;
  const stored = versions.find((one) => one.storage) ?? version;
  const readers = Object.entries(fields);
  const storedApiVersion = `${group}/${stored.name}`;
  const view = new StoredView({
    apiVersion: `${group}/${version.name}`,
    storedApiVersion,
    converter,
    schemas,
    tidySince: sinceRevision,
    fieldsOf:
      readers.length === 0
        ? undefined
        : (object) => Object.fromEntries(readers.map(([field, read]) => [field, read(object)])),
  });
  const store = storage.store({ prefix: prefixOf(definition, root), indexed: [], fieldsOf: metadataFields });
  return new VersionedStore({ store, view, converter, schemas, storedApiVersion });
}

/** Versions may select by different fields: the store that they share knows those of all objects only. */
const metadataFields = ({ metadata }: KubeObject): Record<string, string> => ({
  "metadata.name": metadata.name ?? "",
  "metadata.namespace": metadata.namespace ?? "",
});

function selectableFields({ selectableFields: selectable = [] }: CustomResourceDefinitionVersion): Fields {
  return Object.fromEntries(
    selectable.map(({ jsonPath }) => {
      const path = new JsonPath(jsonPath);
      return [jsonPath.replace(/^\./, ""), (object: Readonly<KubeObject>) => textOf(path.find(object)[0])];
    }),
  );
}

const textOf = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

function rulesOf(
  { spec }: Readonly<CustomResourceDefinition>,
  version: CustomResourceDefinitionVersion,
  converter: Converter,
): CustomRules {
  const schema = version.schema?.openAPIV3Schema && withPlainNumbers(version.schema.openAPIV3Schema);
  const scale = version.subresources?.scale;
  return {
    schema,
    selectable: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath),
    columns: printedColumns(version.additionalPrinterColumns),
    scale: scale && {
      spec: namesOf(scale.specReplicasPath),
      status: namesOf(scale.statusReplicasPath),
      selector: scale.labelSelectorPath ? namesOf(scale.labelSelectorPath) : undefined,
    },
    prune: (object) => pruneSent(object, schema, version.name),
    convertsLater: !converter.isSync,
    async convert(object) {
      const [converted] = await converter.convert([object], `${spec.group}/${version.name}`);
      return converted as KubeObject;
    },
  };
}

/** Throws 400 for objects inside that can be none. */
function pruneSent(object: KubeObject, schema: Structural | undefined, version: string): string[] {
  try {
    return prune(object as unknown as Record<string, unknown>, schema, { strict: true });
  } catch (error) {
    if (!(error instanceof EmbeddedError)) throw error;
    const { kind } = object;
    throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${error.message}`);
  }
}

const namesOf = (path: string): readonly string[] => new JsonPath(path).names ?? [];

export function definitionOf(
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
    listKind: names.listKind ?? `${names.kind}List`,
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
    storageVersion: (spec.versions.find((one) => one.storage) ?? version).name,
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
