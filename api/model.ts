/**
 * The API as data: what one `.api` table says about a group version, in memory.
 * Types, routes, discovery, OpenAPI, decoding, patches, protobuf and tables all derive from it;
 * a CustomResourceDefinition becomes the same model at run time.
 */

/** Leaf types of the tables. `quantity`, `time`, `microTime` and `bytes` are strings in JSON. */
export type Scalar =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "float64"
  | "bytes"
  | "quantity"
  | "intOrString"
  | "time"
  | "microTime"
  /** Any JSON object of a registered kind, kept as it came (runtime.RawExtension). */
  | "raw"
  /** Any JSON value (apiextensions JSON). */
  | "json"
  | "fieldsV1"
  | "any";

export type TypeRef =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "message"; readonly name: TypeName }
  | { readonly kind: "list"; readonly of: TypeRef }
  | { readonly kind: "map"; readonly of: TypeRef };

/** `<group>/<version>.<Type>` with the short group of the table: `core/v1.Pod`, `meta/v1.ObjectMeta`. */
export type TypeName = string;

/** How server-side apply merges a list: the keys of a map list, or the whole list as one value. */
export type ListKind = "atomic" | "set" | { readonly keys: readonly string[] };

/** Directives of strategic merge patch (`patchStrategy`, `patchMergeKey`). */
export interface PatchDirective {
  readonly merge: boolean;
  readonly retainKeys: boolean;
  readonly replace: boolean;
  readonly key?: string;
}

export interface Field {
  /** Protobuf field number; 0 where the type never travels as protobuf. */
  readonly number: number;
  /** JSON name. Empty for an inlined type and in a choice. */
  readonly name: string;
  readonly type: TypeRef;
  /** `!`: listed as required in OpenAPI. */
  readonly required: boolean;
  /** `?`: absent differs from the zero value. */
  readonly pointer: boolean;
  /** Written even when empty. */
  readonly emit: boolean;
  /** `...T`: its fields stand among ours in JSON, and are a message of their own in protobuf. */
  readonly inline: boolean;
  readonly list?: ListKind;
  /** A map or message that server-side apply treats as one value. */
  readonly atomic: boolean;
  readonly patch?: PatchDirective;
  readonly enum?: readonly string[];
  /** Published default, applied to every decoded object whose parent message is present. */
  readonly default?: unknown;
}

export interface Union {
  readonly discriminator: string;
  readonly members: readonly string[];
}

export interface TypeDef {
  readonly name: TypeName;
  readonly fields: readonly Field[];
  readonly union?: Union;
  /** Server-side apply treats a value of this type as one, not as its fields. */
  readonly atomic?: true;
  /** A JSON value of exactly one of its nameless fields' types (`1 | T`), in protobuf a message of them. */
  readonly choice?: true;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly wide: boolean;
}

export interface Subresource {
  readonly name: string;
  /** Group, version and kind of what this subresource reads and writes. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** One served resource: everything that routes, discovery and storage need to know of it. */
export interface ResourceDef {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Absent: the kind with `List` behind it. */
  readonly listKind?: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  readonly columns: readonly Column[];
  /** The version in which objects are kept, where it may be another one. */
  readonly storageVersion?: string;
  /** What every request's `Warning` header says of the version: that it goes, and what replaces it. */
  readonly deprecation?: string;
  /** The type of the object itself, `core/v1.Pod`. */
  readonly type: TypeName;
}

export interface Schema {
  readonly types: ReadonlyMap<TypeName, TypeDef>;
  readonly resources: readonly ResourceDef[];
}
