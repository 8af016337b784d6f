/** Collects what the packages say of everything that the documents speak of. */
import { schema } from "#api/index.ts";
import { allSchemas } from "#pkg/apiserver/openapi/all-schemas.ts";
import type { Schema } from "#pkg/apiserver/openapi/schemas.ts";
import type { SchemaTexts } from "#pkg/apiserver/openapi/texts.ts";
import { chooseText } from "./choose.ts";
import { readEarlierTypes } from "./kubernetes-models.ts";
import { readExactTypes } from "./pulumi.ts";

const machinery = "io.k8s.apimachinery.pkg.";

/** `io.k8s.api.core.v1.Event` → `core/v1/Event`. */
const exactPlace = (name: string): string => name.split(".").slice(-3).join("/");

/** `rbac` → `rbac.authorization.k8s.io`. */
const rooms = new Map(schema.resources.map(({ group }) => [group.split(".")[0] ?? "", group]));

/** `io.k8s.api.core.v1.Event` → `v1/Event`. */
function earlierPlace(name: string): string {
  if (name.startsWith(machinery)) return name.slice(machinery.length).replaceAll(".", "/");
  const [group = "", version = "", kind = ""] = name.split(".").slice(-3);
  return group === "core" ? `${version}/${kind}` : `${rooms.get(group)}/${version}/${kind}`;
}

/** Every object has them, and the packages leave them out of some. */
const ofEveryObject = ["apiVersion", "kind"];

/** By the schema's name. */
export function schemaTexts(): Record<string, SchemaTexts> {
  const exact = readExactTypes();
  const earlier = readEarlierTypes();
  const anObject = exact.get("core/v1/ConfigMap")?.fields;
  const out: Record<string, SchemaTexts> = {};
  for (const [name, { properties = {}, "x-kubernetes-group-version-kind": kinds }] of allSchemas(schema.resources)) {
    const isObject = kinds !== undefined;
    const one = exact.get(exactPlace(name));
    const other = earlier.get(earlierPlace(name));
    const fields: Record<string, string> = {};
    for (const [field, of] of Object.entries(properties as Record<string, Schema>)) {
      const values = of["enum"] as readonly string[] | undefined;
      const own = chooseText(one?.fields.get(field), other?.fields.get(field), values);
      const text = own ?? (isObject && ofEveryObject.includes(field) ? anObject?.get(field) : undefined);
      if (text !== undefined) fields[field] = text;
    }
    const text = chooseText(one?.text, other?.text);
    out[name] = { ...(text === undefined ? {} : { text }), fields };
  }
  return out;
}
