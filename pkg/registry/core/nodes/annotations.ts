/**
 * Two annotations that were to become fields, and are still held to their rules: the taints of a node, and the pods that
 * it would rather not have. Their keys are read without regard to case, as Go's encoding/json does.
 */
import type { Node, Taint } from "#api/types/core/v1";
import { parseExact } from "#pkg/apimachinery/codec/parser.ts";
import { isJsonObject, type JsonObject, jsonTypeOf } from "#pkg/apimachinery/codec/raw-json.ts";
import { parseInstant } from "#pkg/apimachinery/time/rfc3339.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { nodeTaints } from "./taints.ts";

const taintsKey = "scheduler.alpha.kubernetes.io/taints";
const avoidedKey = "scheduler.alpha.kubernetes.io/preferAvoidPods";

type Annotations = NonNullable<Node["metadata"]["annotations"]>;

export function* nodeAnnotations(path: string, annotations: Readonly<Annotations> = {}): Findings {
  const textOf = (key: string) => annotations[key] ?? "";
  yield* readable(path, taintsKey, textOf(taintsKey), (value) => [
    ...nodeTaints(`${path}.${taintsKey}`, taintsOf(value)),
  ]);
  yield* readable(`${path}.AvoidPods`, avoidedKey, textOf(avoidedKey), (value) => [
    ...avoided(`${path}.${avoidedKey}`, entriesOf(value)),
  ]);
}

function readable(path: string, key: string, text: string, look: (value: unknown) => FieldError[]): FieldError[] {
  if (text === "") return [];
  try {
    return look(parseExact(text).value);
  } catch (error) {
    return [invalid(path, key, error instanceof Error ? error.message : String(error))];
  }
}

/** The place of a value, and its type, in the errors of Go. */
interface Place {
  readonly place: string;
  readonly goType: string;
}

function wrongType(value: unknown, { place, goType }: Place): Error {
  return new Error(`json: cannot unmarshal ${jsonTypeOf(value)} into ${place} of type ${goType}`);
}

/** What Go has no value for, null, is undefined. The others throw where they are of another type. */
function listAt(value: unknown, at: Place): readonly unknown[] | undefined {
  if (value === null || value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType(value, at);
  return value;
}

function objectAt(value: unknown, at: Place): JsonObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isJsonObject(value)) throw wrongType(value, at);
  return value;
}

function stringAt(value: unknown, place: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") throw wrongType(value, { place, goType: "string" });
  return value;
}

function booleanAt(value: unknown, place: string): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value !== "boolean") throw wrongType(value, { place, goType: "bool" });
  return value;
}

function member(object: JsonObject, name: string): unknown {
  let found: unknown;
  for (const [key, value] of Object.entries(object)) if (key.toLowerCase() === name.toLowerCase()) found = value;
  return found;
}

function instantAt(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  parseInstant(String(value));
  return String(value);
}

function taintsOf(value: unknown): Taint[] {
  const list = listAt(value, { place: "Go value", goType: "[]core.Taint" }) ?? [];
  return list.map((item) => {
    const taint = objectAt(item, { place: "Go value", goType: "core.Taint" }) ?? {};
    const text = (name: string) => stringAt(member(taint, name), `Go struct field Taint.${name}`);
    const timeAdded = instantAt(member(taint, "TimeAdded"));
    return {
      key: text("Key"),
      value: text("Value"),
      effect: text("Effect") as Taint["effect"],
      ...(timeAdded === undefined ? {} : { timeAdded }),
    };
  });
}

/** Whom an entry is about: whether it is a controller, or nobody. */
type Avoided = { readonly controller: boolean } | undefined;

function entriesOf(value: unknown): Avoided[] {
  const whole = objectAt(value, { place: "Go value", goType: "v1.AvoidPods" }) ?? {};
  const place = "Go struct field AvoidPods.preferAvoidPods";
  const list = listAt(member(whole, "preferAvoidPods"), { place, goType: "[]v1.PreferAvoidPodsEntry" }) ?? [];
  return list.map((item) => entryOf(objectAt(item, { place, goType: "v1.PreferAvoidPodsEntry" }) ?? {}));
}

function entryOf(entry: JsonObject): Avoided {
  const field = (owner: string, path: string) => `Go struct field ${owner}.preferAvoidPods.${path}`;
  instantAt(member(entry, "evictionTime"));
  for (const name of ["reason", "message"]) stringAt(member(entry, name), field("PreferAvoidPodsEntry", name));
  const signatureAt = { place: field("PreferAvoidPodsEntry", "podSignature"), goType: "v1.PodSignature" };
  const signature = objectAt(member(entry, "podSignature"), signatureAt) ?? {};
  const ownerAt = { place: field("PodSignature", "podSignature.podController"), goType: "v1.OwnerReference" };
  const owner = objectAt(member(signature, "podController"), ownerAt);
  if (owner === undefined) return undefined;
  const ownerField = (name: string) => field("OwnerReference", `podSignature.podController.${name}`);
  for (const name of ["apiVersion", "kind", "name", "uid"]) stringAt(member(owner, name), ownerField(name));
  return { controller: booleanAt(member(owner, "controller"), ownerField("controller")) };
}

function* avoided(path: string, entries: readonly Avoided[]): Findings {
  for (const [at, entry] of entries.entries()) {
    const here = `${path}[${at}].PodSignature`;
    if (entry === undefined) yield required(here);
    else if (!entry.controller) yield invalid(`${here}.PodController.Controller`, false, "must point to a controller");
  }
}
