/**
 * `/openapi/v2`, which clients ask for when v3 does not know a kind (kubectl: a `List`). JSON carries the definitions; the
 * protobuf form names the API only, and clients skip what they find no definition for.
 */
import type { ResourceDef } from "#api/index.ts";
import { allSchemas } from "./index.ts";
import type { Schema } from "./schemas.ts";

/** What is answered to `…spec.v2@v1.0+protobuf`: an `@` has no place in a media type, and Go's clients refuse it. */
export const v2ProtobufMediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** Version 2 refers to `#/definitions/`, and has neither allOf around references nor oneOf. */
function asV2(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asV2);
  if (typeof value !== "object" || value === null) return value;
  const { allOf, oneOf, ...rest } = value as Schema;
  const flat: Schema = Array.isArray(allOf) ? { ...(allOf[0] as Schema), ...rest } : rest;
  if (oneOf) flat["type"] = "string";
  return Object.fromEntries(
    Object.entries(flat).map(([key, item]) => [
      key,
      key === "$ref" ? String(item).replace("#/components/schemas/", "#/definitions/") : asV2(item),
    ]),
  );
}

export function openApiV2Json(resources: readonly ResourceDef[], version: string): Buffer {
  const definitions = Object.fromEntries([...allSchemas(resources)].map(([name, schema]) => [name, asV2(schema)]));
  return Buffer.from(
    JSON.stringify({ swagger: "2.0", info: { title: "Kubernetes", version }, paths: {}, definitions }),
  );
}

/** `openapi.v2.Document{1: swagger, 2: Info{1: title, 2: version}}`. */
export function openApiV2Protobuf(version: string): Buffer {
  const text = (number: number, value: string | Buffer) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  };
  return Buffer.concat([text(1, "2.0"), text(2, Buffer.concat([text(1, "Kubernetes"), text(2, version)]))]);
}
