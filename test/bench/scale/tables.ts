/** All pods as tables and as their metadata: memory, time, and what others wait for meanwhile. */
import { writeFile } from "node:fs/promises";
import { type Figures, load, residentAfterGcMb } from "./measured.ts";
import type { RowPlan } from "./row.ts";
import { counted, prefixed, type Section, type Sizes } from "./section.ts";
import type { Target } from "./target.ts";

const namespaces = 100;
const getSeconds = 15;
const memoryMbMax = 50;
const getMsMax = 25;

/** The words of the load generator. */
const forms = [
  { form: "table", word: "table", what: "as a table" },
  { form: "bare-table", word: "bare", what: "as a table without objects" },
  { form: "object-table", word: "whole", what: "as a table with objects" },
  { form: "metadata", word: "metadata", what: "as metadata" },
  { form: "metadata-protobuf", word: "packed", what: "as metadata in protobuf" },
] as const;

/** What goes out while single objects are read. */
const beside = forms.filter(({ word }) => word !== "bare" && word !== "whole");

async function measure(target: Target, { pods }: Sizes): Promise<Figures> {
  await load(target, "fill", { prefix: "many", namespaces, pods });
  const paths = `${target.directory}/paths`;
  const pathOf = (_: unknown, at: number): string =>
    `/api/v1/namespaces/many-${at % namespaces}/pods/shop-${String(at).padStart(6, "0")}`;
  await writeFile(paths, Array.from({ length: pods }, pathOf).join("\n"));
  let found: Figures = {};
  for (const { form, word } of forms) {
    await residentAfterGcMb(target);
    found = { ...found, ...prefixed(word, await load(target, "list", { items: pods, form })) };
  }
  const gets = { paths, seconds: getSeconds };
  found = { ...found, ...prefixed("quiet", await load(target, "get", gets)) };
  for (const { form, word } of beside) {
    found = { ...found, ...prefixed(`beside_${word}`, await load(target, "get", { ...gets, list: form })) };
  }
  return found;
}

function rows({ pods }: Sizes): RowPlan[] {
  const many = counted(pods);
  const gets = `among ${many} pods: get p99, 32 workers`;
  return [
    ...forms.flatMap(({ word, what }): RowPlan[] => [
      { figure: `${word}_rss_added_mb`, what: `${many} pods ${what}: memory added`, unit: "MB", target: memoryMbMax },
      { figure: `${word}_first_byte_ms`, what: `${many} pods ${what}: first byte`, unit: "ms" },
      { figure: `${word}_all_ms`, what: `${many} pods ${what}: all of it`, unit: "ms" },
    ]),
    { figure: "quiet_get_p99_ms", what: gets, unit: "ms", target: getMsMax },
    ...beside.flatMap(({ word, what }): RowPlan[] => [
      { figure: `beside_${word}_get_p99_ms`, what: `${gets}, while all go out ${what}`, unit: "ms", target: getMsMax },
      { figure: `beside_${word}_get_max_ms`, what: `${gets}: at most, while all go out ${what}`, unit: "ms" },
      { figure: `beside_${word}_list_ms`, what: `${many} pods ${what} beside those gets: all of it`, unit: "ms" },
    ]),
  ];
}

export const tables: Section = { name: "tables", title: "tables and metadata", msMax: 900_000, measure, rows };
