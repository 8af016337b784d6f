/** The schemas of all versions of a definition, by version. */
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { prune, type Structural, tidy, withPlainNumbers } from "../structural.ts";
import type { VersionSchemas } from "./stored-view.ts";

export function versionSchemas({ spec }: Readonly<CustomResourceDefinition>): VersionSchemas {
  const schemas = new Map<string, Structural | undefined>(
    spec.versions.map(({ name, schema }) => [
      `${spec.group}/${name}`,
      schema?.openAPIV3Schema && withPlainNumbers(schema.openAPIV3Schema),
    ]),
  );
  return {
    tidy: (object) => tidy(object, schemas.get(object.apiVersion ?? "")),
    prune: (object) => pruned(object, schemas.get(object.apiVersion ?? "")),
  };
}

function pruned(object: KubeObject, schema: Structural | undefined): KubeObject {
  if (!schema) return object;
  const copy = cloneJson(object);
  prune(copy as unknown as Record<string, unknown>, schema);
  return sameJson(copy, object) ? object : copy;
}
