/** Lists in pieces beside the same lists made as a whole, of objects that upstream answered with. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, mock, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { stringify } from "yaml";
import { type ResourceDef, schema } from "#api/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
import { strategyOf } from "#pkg/registry/index.ts";
import { CachedObject } from "#pkg/storage/stored.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import { autoscalerV1 } from "../resources/conversions/autoscaler.ts";
import { type ServedResource, serveResource } from "../resources/served-resource.ts";
import { partsOf } from "./list-parts.ts";
import { jsonListPieces, yamlListPieces } from "./list-pieces.ts";
import { listMessage, partialMetadata } from "./objects.ts";
import { type Representation, representation } from "./representation.ts";
import { type TableObjects, tableOf } from "./tables.ts";
import { yamlStyle } from "./yaml-style.ts";

interface Recorded {
  readonly json?: KubeObject & { readonly items?: readonly KubeObject[] };
}

const file = join(import.meta.dirname, "../../../test/data/protobuf/recorded.json.gz");
const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recorded[];
const all = recorded.flatMap(({ json }) => (json && !json.items ? [json] : []));
const byKind = Map.groupBy(all, ({ apiVersion, kind }) => `${apiVersion}/${kind}`);

function servedOf(def: ResourceDef, more: Partial<Pick<ServedResource, "conversion">> = {}): ServedResource {
  const openStore = (): never => assert.fail("nothing is read");
  const { conversion } = more;
  const strategy = strategyOf(def.group, def.plural);
  return serveResource({ def, root: "/registry", strategy, openStore, ...(conversion ? { conversion } : {}) });
}

const spec = { prefix: "/registry/", indexed: [], fieldsOf: () => ({}) };
const stored = (object: object, at: number): StoredObject =>
  new CachedObject(`/registry/${at}`, at, Buffer.from(JSON.stringify(object)), spec);

/** One row a resource of which objects were recorded. */
const resources = schema.resources.flatMap((def) => {
  const apiVersion = def.group ? `${def.group}/${def.version}` : def.version;
  const objects = byKind.get(`${apiVersion}/${def.kind}`);
  return objects ? [{ def, objects, apiVersion }] : [];
});

const metadata = { resourceVersion: "7", continue: "abc", remainingItemCount: 3 };
const rows: readonly TableObjects[] = ["None", "Metadata", "Object"];

/** The list as one value, of objects in the version that is served. */
function wholeOf(resource: ServedResource, objects: readonly KubeObject[], form: Representation, row: TableObjects) {
  const { viewVersion } = form;
  if (form.view === "table") {
    return tableOf(resource, objects, { metadata, objects: row, apiVersion: viewVersion });
  }
  const partial = form.view === "metadata";
  const items = objects.map((object) => {
    const { kind: _, apiVersion: __, ...rest } = object;
    return partial ? partialMetadata(object, form) : rest;
  });
  return { ...identityOf(resource, form), metadata, items };
}

const identityOf = ({ def, apiVersion }: ServedResource, { view, viewVersion }: Representation) =>
  view === "metadata"
    ? { kind: "PartialObjectMetadataList", apiVersion: viewVersion }
    : { kind: `${def.kind}List`, apiVersion };

function checkList(resource: ServedResource, objects: readonly KubeObject[], served = objects): void {
  const items = objects.map(stored);
  for (const view of ["table", "metadata", "object"] as const) {
    for (const row of view === "table" ? rows : rows.slice(0, 1)) {
      const form = representation("json", view, "v1");
      const parts = () => partsOf(items, resource, { form, identity: identityOf(resource, form), metadata, rows: row });
      const json = JSON.stringify(wholeOf(resource, served, form, row));
      assert.equal(Buffer.concat([...jsonListPieces(parts())]).toString(), json);
      const yaml = Buffer.concat([...yamlListPieces(parts())]).toString();
      assert.equal(yaml, stringify(JSON.parse(json), yamlStyle));
    }
  }
}

// Ages are told by the clock.
before(() => mock.timers.enable({ apis: ["Date"], now: Date.parse("2027-03-01T12:00:00Z") }));

test("objects of most resources were recorded", () => assert.ok(resources.length > 40, `${resources.length}`));

for (const { def, objects, apiVersion } of resources) {
  test(`lists in pieces are those made as a whole: ${apiVersion} ${def.plural}`, () => {
    const resource = servedOf(def);
    for (const some of [objects, objects.slice(0, 1), []]) checkList(resource, some);
  });

  test(`messages of long lists are those of short ones: ${apiVersion} ${def.plural}`, () => {
    const resource = servedOf(def);
    for (const [at, object] of objects.entries()) {
      const metadataForm = representation("protobuf", "metadata");
      const partial = listMessage(stored(object, at), { resource, form: metadataForm, isKept: false });
      const wanted = encodeMessage(partialMetadata(object, metadataForm), "meta/v1.PartialObjectMetadata");
      assert.equal(partial.toString("hex"), wanted.toString("hex"));
      const message = listMessage(stored(object, at), {
        resource,
        form: representation("protobuf", "object"),
        isKept: false,
      });
      assert.equal(message.toString("hex"), encodeMessage(object, def.type).toString("hex"));
    }
  });
}

test("lists in another version than the stored one", () => {
  const find = (version: string) =>
    schema.resources.find(({ plural, version: one }) => plural === "horizontalpodautoscalers" && one === version);
  const objects = byKind.get("autoscaling/v2/HorizontalPodAutoscaler") ?? [];
  assert.ok(objects.length > 0);
  const resource = servedOf(find("v1") as ResourceDef, { conversion: autoscalerV1 });
  checkList(
    resource,
    objects,
    objects.map((object) => autoscalerV1.toServed(object)),
  );
});
