/** One resource as it is served: its definition, its rules and its store. */
import { apiVersionOf, type ResourceDef, schema } from "#api/index.ts";
import { type AppliedKind, appliedKindOf } from "#pkg/apimachinery/apply/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { GroupResource } from "#pkg/apimachinery/status-error.ts";
import type { Strategy } from "#pkg/registry/strategy.ts";
import type { ResourceStore, StoreSpec } from "#pkg/storage/types.ts";
import type { CustomRules } from "../extensions/custom-resource.ts";

/** Between the version that is served and the one that is stored, where they differ. Neither changes its argument. */
export interface Conversion {
  toStored(object: KubeObject): KubeObject;
  toServed(object: KubeObject): KubeObject;
}

export interface ServedResource {
  readonly def: ResourceDef;
  /** How messages name it: `deployments.apps`. */
  readonly groupResource: GroupResource;
  readonly apiVersion: string;
  readonly strategy: Strategy;
  readonly store: ResourceStore;
  /** The definition of what is stored; the same as `def` without a conversion. */
  readonly storedDef: ResourceDef;
  readonly conversion: Conversion | undefined;
  /** What owning fields means in the version that is served. */
  readonly applied: AppliedKind;
  /** Defined at run time: no protobuf form, no built-in type. */
  readonly isCustom: boolean;
  /** What its definition says of a custom resource. */
  readonly custom: CustomRules | undefined;
  /** A write of the object leaves its status as it is: that is written at `/status`. */
  readonly keepsStatus: boolean;
  keyOf(namespace: string, name: string): string;
  /** The prefix of a namespace, or of everything. */
  prefixOf(namespace: string): string;
}

export interface ServedResourceOptions {
  readonly def: ResourceDef;
  readonly storedDef?: ResourceDef;
  readonly conversion?: Conversion;
  readonly isCustom?: boolean;
  readonly custom?: CustomRules;
  /** Default: what the tables say of the type. */
  readonly applied?: AppliedKind;
  readonly strategy: Strategy;
  readonly openStore: (spec: StoreSpec) => ResourceStore;
  /** `/registry`, or what `--etcd-prefix` says. */
  readonly root: string;
}

export function serveResource(options: ServedResourceOptions): ServedResource {
  const { def, strategy } = options;
  const storedDef = options.storedDef ?? def;
  const prefix = `${options.root}/${storagePathOf(storedDef, strategy)}/`;
  let store: ResourceStore | undefined;
  const spec = storeSpecOf(prefix, strategy);
  return {
    def,
    storedDef,
    strategy,
    conversion: options.conversion,
    groupResource: { group: def.group, resource: def.plural },
    apiVersion: apiVersionOf(def),
    isCustom: options.isCustom ?? false,
    custom: options.custom,
    keepsStatus: !strategy.writesStatus && def.subresources.some((s) => s.name === "status"),
    get applied() {
      return options.applied ?? appliedKindOf(def.type);
    },
    get store() {
      store ??= options.openStore(spec);
      return store;
    },
    keyOf: def.namespaced ? (namespace, name) => `${prefix}${namespace}/${name}` : (_namespace, name) => prefix + name,
    prefixOf: (namespace) => (def.namespaced && namespace !== "" ? `${prefix}${namespace}/` : prefix),
  };
}

/** Groups whose keys carry the group, as upstream's do for what it serves from its extension servers. */
const groupedInStorage = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

function storagePathOf(def: ResourceDef, strategy: Strategy): string {
  if (strategy.storagePrefix) return strategy.storagePrefix;
  return groupedInStorage.has(def.group) || !isBuiltIn(def) ? `${def.group}/${def.plural}` : def.plural;
}

/** A custom resource may call itself as it likes, `x.k8s.io` too: only what the tables have is built in. */
const isBuiltIn = ({ type }: ResourceDef): boolean => schema.types.has(type);

function storeSpecOf(prefix: string, strategy: Strategy): StoreSpec {
  const readers = Object.entries(strategy.fields ?? {});
  return {
    prefix,
    indexed: strategy.indexed ?? [],
    fieldsOf(object) {
      const { name, namespace } = object.metadata;
      const fields: Record<string, string> = { "metadata.name": name ?? "", "metadata.namespace": namespace ?? "" };
      for (const [field, read] of readers) fields[field] = read(object);
      return fields;
    },
  };
}
