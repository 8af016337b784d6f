/** Gives definitions of custom resources the rules that need the machinery of custom resources. */
import type { ResourceDef } from "#api/index.ts";
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { Strategy } from "#pkg/registry/strategy.ts";
import { formatNamed } from "../formats.ts";
import { internalSpec, schemasOf } from "./internal.ts";
import { everySchema } from "./schema-walk.ts";
import { validateDefinitionStatus, validateDefinitionUpdate, validateNewDefinition } from "./validate.ts";

/** Formats of text that say nothing, as nobody knows them. */
function unknownFormats({ spec }: Readonly<CustomResourceDefinition>): string[] {
  const schemas = schemasOf(internalSpec(spec ?? {})).flatMap((schema) => [...everySchema(schema)]);
  return schemas.flatMap(({ type, format }) => (type === "string" && format && !formatNamed(format) ? [format] : []));
}

const warning = (format: string): string => `unrecognized format ${JSON.stringify(format)}`;

const rules: Strategy<CustomResourceDefinition> = {
  validateCreate: validateNewDefinition,
  validateUpdate: validateDefinitionUpdate,
  warningsOnCreate: (definition) => unknownFormats(definition).map(warning),
  warningsOnUpdate(definition, old) {
    const before = unknownFormats(old);
    return unknownFormats(definition)
      .filter((format) => !before.includes(format))
      .map(warning);
  },
  subresources: { status: { validateUpdate: validateDefinitionStatus } },
};

/** Any other resource keeps its strategy. */
export function withDefinitionRules({ group, plural }: ResourceDef, strategy: Strategy): Strategy {
  if (group !== "apiextensions.k8s.io" || plural !== "customresourcedefinitions") return strategy;
  const subresources = { ...strategy.subresources, ...rules.subresources };
  return { ...strategy, ...rules, subresources } as unknown as Strategy;
}
