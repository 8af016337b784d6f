/** The built-in resources, each with its strategy, store and, where stored in another version, its conversion. */
import { type ResourceDef, schema } from "#api/index.ts";
import { strategyOf } from "#pkg/registry/index.ts";
import type { Storage } from "#pkg/storage/types.ts";
import { withDefinitionRules } from "../extensions/definition/strategy.ts";
import { autoscalerV1 } from "./conversions/autoscaler.ts";
import { eventsGroup } from "./conversions/event.ts";
import { type Conversion, serveResource } from "./served-resource.ts";
import { ResourceTable } from "./table.ts";

interface StoredElsewhere {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly conversion: Conversion;
}

/** Served version → the version in which the same objects are stored. */
const storedElsewhere: Readonly<Record<string, StoredElsewhere>> = {
  "autoscaling/v1/horizontalpodautoscalers": {
    group: "autoscaling",
    version: "v2",
    plural: "horizontalpodautoscalers",
    conversion: autoscalerV1,
  },
  "events.k8s.io/v1/events": { group: "", version: "v1", plural: "events", conversion: eventsGroup },
};

/** What clients of old resources are told with every answer, by what is served. */
const deprecations = new Map([
  ["/v1/endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
  ["/v1/componentstatuses", "v1 ComponentStatus is deprecated in v1.19+"],
]);

function withDeprecation(def: ResourceDef): ResourceDef {
  const deprecation = deprecations.get(`${def.group}/${def.version}/${def.plural}`);
  return deprecation === undefined ? def : { ...def, deprecation };
}

export function buildTable(storage: Storage, root: string): ResourceTable {
  const table = new ResourceTable();
  for (const def of schema.resources.map(withDeprecation)) {
    const other = storedElsewhere[`${def.group}/${def.version}/${def.plural}`];
    const storedDef = other ? definitionOf(other) : def;
    table.add(
      serveResource({
        def,
        root,
        storedDef,
        ...(other ? { conversion: other.conversion } : {}),
        strategy: withDefinitionRules(def, strategyOf(def.group, def.plural)),
        openStore: (spec) => storage.store(spec),
      }),
    );
  }
  return table;
}

/** Whether objects of a resource are kept at all: reviews and bindings are answered and forgotten. */
export const isPersisted = (def: ResourceDef): boolean => def.verbs.includes("watch");

function definitionOf({ group, version, plural }: StoredElsewhere): ResourceDef {
  const found = schema.resources.find((r) => r.group === group && r.version === version && r.plural === plural);
  if (!found) throw new Error(`no API resource ${group}/${version}/${plural}`);
  return found;
}
