/** The cells that the reference printed for 60 stored objects. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { cellsOf } from "./columns.ts";

interface Row {
  readonly object: KubeObject;
  readonly cells: unknown[];
}

const file = join(import.meta.dirname, "../../test/data/table-rows.json");
const rows = JSON.parse(readFileSync(file, "utf8")) as Record<string, Row>;
const now = new Date("2026-11-21T01:10:52Z");
const isTime = (cell: unknown): cell is string => typeof cell === "string" && /^\d{4}-\d\d-\d\dT/.test(cell);

/** The recorded objects came without their creation time, which the age in the cells tells. */
function withCreation({ object, cells }: Row): KubeObject {
  const stamp = cells.find(isTime);
  const seconds =
    cells.flatMap((cell) => (typeof cell === "string" ? (/^(\d+)s$/.exec(cell)?.[1] ?? []) : [])).map(Number)[0] ?? 51;
  const creationTimestamp = stamp ?? new Date(now.getTime() - seconds * 1000).toISOString();
  return { ...object, metadata: { creationTimestamp, ...object.metadata } };
}

for (const [id, row] of Object.entries(rows)) {
  test(id, () => {
    const { apiVersion = "", kind } = row.object;
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    const resource = schema.resources.find((r) => r.group === group && r.version === version && r.kind === kind);
    assert.ok(resource, `no resource of ${apiVersion} ${kind}`);
    assert.deepEqual(cellsOf(resource, withCreation(row), now), row.cells);
  });
}
