/** The types of the API as upstream's OpenAPI document tells them. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const file = new URL("../../../../data/openapi/api-types.json.gz", import.meta.url);
const types = new Map(Object.entries(JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, Schema>));

/** What a schema refers to, and its name; itself without a name when it refers to nothing. */
export function resolved(schema: Schema): { readonly name: string; readonly schema: Schema } {
  const name = schema.$ref ?? "";
  return { name, schema: types.get(name) ?? schema };
}

const roots = ["io.k8s.api", "io.k8s.apiextensions-apiserver.pkg.apis", "io.k8s.kube-aggregator.pkg.apis"];

/** The type of an object by what it says of itself. Throws when there is none. */
export function typeOf({ apiVersion, kind }: { readonly apiVersion?: unknown; readonly kind?: unknown }): Schema {
  const [version = "", group = "core"] = String(apiVersion).split("/").reverse();
  for (const root of roots) {
    const found = types.get(`${root}.${group.split(".")[0]}.${version}.${kind}`);
    if (found) return found;
  }
  throw new Error(`there is no type of ${apiVersion} ${kind}`);
}
