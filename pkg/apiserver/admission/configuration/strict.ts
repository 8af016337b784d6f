/** Configuration files are read strictly: what is not understood is told, in the words of Go's decoder. */
import {
  DecodeError,
  duplicateKeysOf,
  jsonTypeOf,
  kindOf,
  noKind,
  parseYamlBody,
  printGroupVersion,
} from "#pkg/apimachinery/codec/index.ts";

/** What a value has to be. `go`: the name of its type. */
export type Shape =
  | { readonly is: "text" }
  /** Somebody else reads it. */
  | { readonly is: "anything" }
  | { readonly is: "list"; readonly of: Shape }
  | { readonly is: "struct"; readonly go: string; readonly fields: ReadonlyMap<string, Shape> };

export const text: Shape = { is: "text" };
export const texts: Shape = { is: "list", of: text };
export const struct = (go: string, fields: Readonly<Record<string, Shape>>): Shape => ({
  is: "struct",
  go,
  fields: new Map(Object.entries(fields)),
});

/** A kind of configuration, in every version that it has; all have the same fields. */
export interface ConfigurationKind {
  readonly kind: string;
  /** `group/version`. */
  readonly apiVersions: readonly string[];
  readonly shape: Shape;
}

/** Where Go's own schemes are made: part of its texts. */
const schemeName = "pkg/runtime/scheme.go:111";

/** YAML or JSON in, the object out; members without a value are left out. Throws DecodeError in upstream's words. */
export function decodeConfiguration(source: string, expected: ConfigurationKind): Readonly<Record<string, unknown>> {
  const body = Buffer.from(source);
  const value = parse(body);
  const found = kindOf(value, { group: "", version: "", kind: "" });
  if (typeof found === "string") throw new DecodeError(found);
  if (found.kind === "") throw new DecodeError(`Object 'Kind' is missing in '${source}'`);
  if (found.version === "") throw new DecodeError(`Object 'apiVersion' is missing in '${source}'`);
  const apiVersion = printGroupVersion(found);
  if (found.kind !== expected.kind || !expected.apiVersions.includes(apiVersion)) {
    throw new DecodeError(noKind(found.kind, apiVersion, schemeName));
  }
  const reader = new StrictReader(found.version);
  const object = reader.read(value, expected.shape, { owner: "", path: "", goPath: "" });
  const duplicates = duplicateKeysOf(body);
  const errors = [
    ...(duplicates.length > 0 ? [`yaml: unmarshal errors:\n${duplicates.map((line) => `  ${line}`).join("\n")}`] : []),
    ...reader.unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ];
  if (errors.length > 0) throw new DecodeError(`strict decoding error: ${errors.join(", ")}`);
  return object as Readonly<Record<string, unknown>>;
}

function parse(body: Buffer): unknown {
  try {
    return parseYamlBody(body);
  } catch (error) {
    throw new DecodeError((error as Error).message, { cause: error });
  }
}

interface Place {
  /** The type that was looked into. */
  readonly owner: string;
  /** `plugins[0].path`. */
  readonly path: string;
  /** The same without indexes. */
  readonly goPath: string;
}

class StrictReader {
  readonly unknown: string[] = [];
  /** The package of the types, `v1`. */
  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
  }

  read(value: unknown, shape: Shape, at: Place): unknown {
    if (value === null || shape.is === "anything") return value;
    if (shape.is === "text") return typeof value === "string" ? value : this.#wrongType(value, shape, at);
    if (shape.is === "list") {
      if (!Array.isArray(value)) return this.#wrongType(value, shape, at);
      return value.map((item, i) => this.read(item, shape.of, { ...at, path: `${at.path}[${i}]` }));
    }
    if (jsonTypeOf(value) !== "object") return this.#wrongType(value, shape, at);
    return this.#readFields(value as object, shape, at);
  }

  #readFields(value: object, { go, fields }: Shape & { is: "struct" }, at: Place): Record<string, unknown> {
    const members: [string, unknown][] = [];
    for (const [name, member] of Object.entries(value)) {
      const shape = fields.get(name);
      const path = at.path === "" ? name : `${at.path}.${name}`;
      const goPath = at.goPath === "" ? name : `${at.goPath}.${name}`;
      if (!shape) this.unknown.push(path);
      else if (member !== null) members.push([name, this.read(member, shape, { owner: go, path, goPath })]);
    }
    return Object.fromEntries(members);
  }

  #wrongType(value: unknown, shape: Shape, { owner, goPath }: Place): never {
    const where = owner === "" ? "Go value" : `Go struct field ${owner}.${goPath}`;
    throw new DecodeError(`json: cannot unmarshal ${jsonTypeOf(value)} into ${where} of type ${this.#goName(shape)}`);
  }

  #goName(shape: Shape): string {
    if (shape.is === "list") return `[]${this.#goName(shape.of)}`;
    return shape.is === "struct" ? `${this.#version}.${shape.go}` : "string";
  }
}
