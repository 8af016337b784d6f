/**
 * Definitions as upstream sees them when it validates them: what all versions have in common stands once for all of
 * them, and error texts name it there (`spec.validation.openAPIV3Schema…`).
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  JSONSchemaProps,
  SelectableField,
} from "#api/types/apiextensions.k8s.io/v1";
import { sameMeaning } from "#pkg/registry/shared/semantic.ts";

/** What a version may have of its own or share with all others. */
export interface Shared {
  readonly schema?: CustomResourceValidation;
  readonly subresources?: CustomResourceSubresources;
  readonly additionalPrinterColumns?: readonly CustomResourceColumnDefinition[];
  readonly selectableFields?: readonly SelectableField[];
}

export interface InternalVersion extends Shared {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated: boolean;
  readonly deprecationWarning?: string;
}

export interface InternalSpec extends Shared {
  /** Null: not given. */
  readonly versions: readonly InternalVersion[] | null;
  readonly given: Partial<CustomResourceDefinitionSpec>;
}

const members = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

export function internalSpec(given: Partial<CustomResourceDefinitionSpec>): InternalSpec {
  const versions = given.versions ?? [];
  const common = members.filter((member) =>
    versions.every((version) => sameMeaning(version[member], versions[0]?.[member])),
  );
  const shared = versions[0] ? pick(versions[0], common) : {};
  const own = members.filter((member) => !common.includes(member));
  return {
    ...shared,
    given,
    versions: given.versions ? versions.map((version) => internalVersion(version, own)) : null,
  };
}

function pick(from: Shared, wanted: readonly (keyof Shared)[]): Shared {
  return Object.fromEntries(wanted.flatMap((member) => (from[member] === undefined ? [] : [[member, from[member]]])));
}

function internalVersion(version: CustomResourceDefinitionVersion, own: readonly (keyof Shared)[]): InternalVersion {
  const { name = "", served = false, storage = false, deprecated = false, deprecationWarning } = version;
  return {
    name,
    served,
    storage,
    deprecated,
    ...(deprecationWarning === undefined ? {} : { deprecationWarning }),
    ...pick(version, own),
  };
}

/** The schema of a version; undefined where it has none. */
export const schemaOf = (spec: InternalSpec, version: InternalVersion): JSONSchemaProps | undefined =>
  (version.schema ?? spec.schema)?.openAPIV3Schema;

/** Every schema that there is, each once. */
export function schemasOf(spec: InternalSpec): JSONSchemaProps[] {
  const all = [spec, ...(spec.versions ?? [])].map(({ schema }) => schema?.openAPIV3Schema);
  return all.filter((schema) => schema !== undefined);
}
