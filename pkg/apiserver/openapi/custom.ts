/** OpenAPI v3 of custom resources: their own schemas, with the parts that every object has. */
import type { ResourceDef } from "#api/index.ts";
import { type Schema, schemaName } from "./schemas.ts";

export interface PublishedResource {
  readonly def: ResourceDef;
  /** As in the definition; undefined: anything goes. */
  readonly schema: object | undefined;
}

const objectMeta = { $ref: `#/components/schemas/${schemaName("meta/v1.ObjectMeta")}` };
const listMeta = { $ref: `#/components/schemas/${schemaName("meta/v1.ListMeta")}` };

const typeMembers: Schema = {
  apiVersion: {
    type: "string",
    description: "The versioned schema of this representation of an object.",
  },
  kind: { type: "string", description: "The REST resource that this object represents." },
};

export function customSchemas({ def, schema }: PublishedResource): [string, Schema][] {
  const { group, version, kind } = def;
  const own = (schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true }) as Schema;
  const properties = { ...typeMembers, ...(own["properties"] as Schema | undefined), metadata: objectMeta };
  const name = schemaName(def.type);
  const object: Schema = {
    ...own,
    properties,
    "x-kubernetes-group-version-kind": [{ group, version, kind }],
  };
  const list: Schema = {
    type: "object",
    description: `${kind}List is a list of ${kind}`,
    required: ["items"],
    properties: {
      ...typeMembers,
      metadata: listMeta,
      items: { type: "array", items: { $ref: `#/components/schemas/${name}` } },
    },
    "x-kubernetes-group-version-kind": [{ group, version, kind: `${kind}List` }],
  };
  return [
    [name, object],
    [`${name}List`, list],
  ];
}
