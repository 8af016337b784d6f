/** Of an object's metadata a conversion may change labels and annotations only. */
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { validateAnnotations, validateLabels } from "#pkg/registry/shared/object-meta.ts";

type Json = Readonly<Record<string, unknown>>;
type Free = "labels" | "annotations";

/** The converted object with the original's metadata and its own labels and annotations; a text says what is wrong with them. */
export function restoreMetadata(original: Readonly<KubeObject>, converted: Readonly<KubeObject>): KubeObject | string {
  const answered = converted.metadata as unknown;
  if (answered === undefined) return "missing metadata in converted object";
  if (!isObject(answered)) return `invalid metadata of type ${goType(answered)} in converted object`;
  const metadata = cloneJson(original.metadata) as KubeObject["metadata"];
  for (const member of ["labels", "annotations"] as const) {
    const wrong = takeOver(metadata, answered[member], member);
    if (wrong !== undefined) return wrong;
  }
  return { ...converted, metadata };
}

function takeOver(metadata: KubeObject["metadata"], value: unknown, member: Free): string | undefined {
  if (value === undefined || value === null) {
    delete metadata[member];
    return undefined;
  }
  if (!isObject(value)) return `invalid metadata.${member} of type ${goType(value)} in converted object`;
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === "string") continue;
    return `metadata.${member}[${key}] must be a string, but is ${goType(text)} in converted object`;
  }
  const texts = value as Record<string, string>;
  // What was there before may break rules that came later.
  const errors = sameJson(texts, metadata[member] ?? {}) ? [] : errorsOf(texts, member);
  if (errors.length > 0) return aggregate(errors);
  metadata[member] = texts;
  return undefined;
}

const errorsOf = (texts: Readonly<Record<string, string>>, member: Free): FieldError[] =>
  member === "labels" ? validateLabels(texts, "metadata.labels") : validateAnnotations(texts, "metadata.annotation");

function aggregate(errors: readonly FieldError[]): string {
  const texts = errors.map(({ field, detail }) => `${field}: ${detail}`);
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`;
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What upstream's decoder makes of JSON. */
function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map[string]interface {}";
}
