/** PATCH in its four kinds. The patch is applied anew to whatever state it meets, unless it names a version itself. */

import { DecodeError, type FieldValidation, keepsRawValues, parseJsonValue } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { applyJsonPatch, applyMergePatch, applyStrategicPatch, printGo } from "#pkg/apimachinery/patch/index.ts";
import { badRequest, invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import { unsupportedMediaType } from "../negotiation/body-type.ts";
import { RouteError } from "../negotiation/negotiate.ts";
import { type Transform, type UpdateOptions, updateObject } from "../write/update.ts";
import { answer, formOf } from "./answer.ts";
import { applyPatch } from "./apply.ts";
import { bodyKindOf, decodeMade, type MadeOptions } from "./body.ts";
import { isOfMetadata, untouchedMembers } from "./untouched.ts";
import { parseWriteOptions, writeRequestOf } from "./write-options.ts";

export type PatchContext = Pick<ResourceContext, "resource" | "request" | "warnings">;

export type PatchKind = "json" | "merge" | "strategic" | "apply";

const kinds: Readonly<Record<string, PatchKind>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** Custom resources have no strategic merge patch: nothing says how their lists merge. Throws 415. */
export function patchKindOf({ exchange, resource }: ResourceContext): PatchKind {
  const type = (exchange.header("content-type") ?? "").split(";", 1)[0]?.trim() ?? "";
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind && !(kind === "strategic" && resource.isCustom)) return kind;
  const accepted = Object.keys(kinds).filter((k) => kinds[k] !== "strategic");
  if (resource.isCustom) throw unsupportedMediaType(accepted);
  throw new RouteError("UnsupportedMediaType", "415: Unsupported Media Type", { details: {} });
}

export async function patch(context: ResourceContext): Promise<void> {
  const { exchange } = context;
  const kind = patchKindOf(context);
  const form = formOf(context);
  const options = parseWriteOptions(context, "PatchOptions");
  const body = await exchange.readBody(bodyBytesMax);
  if (kind === "apply") {
    answer(context, form, await applyPatch(context, body, options));
    return;
  }
  const change = changeOf(context, { kind, parsed: parsePatch(body) }, options.validation);
  const outcome = await updateObject(writeRequestOf(context, options), change.transform, change.options);
  answer(context, form, outcome);
}

/** What a patch makes of the present object, and how it is written. The transform throws 400 and 422 for what is no object of the resource. */
export function changeOf(
  context: PatchContext,
  patch: ParsedPatch,
  validation: FieldValidation,
): { readonly transform: Transform; readonly options: UpdateOptions } {
  const { resource } = context;
  const ofMetadata = isOfMetadata(context, patch);
  // What was stored has its defaults.
  const applyDefaults = ofMetadata ? undefined : resource.strategy.applyDefaults;
  const transform = (current: Readonly<KubeObject>): KubeObject => {
    const served = resource.conversion?.toServed(current) ?? current;
    const patched = patchOf(patch.kind, served, patch.parsed, resource.def.type);
    const next = rereadPatched(context, { ...patch, patched, served }, validation);
    const stored = resource.conversion?.toStored(next) ?? next;
    applyDefaults?.(stored);
    return ownsAll(context) ? stored : cloneJson(stored);
  };
  return { transform, options: { isPatch: true, ofMetadata } };
}

/** Whether decoding has made every value of an object anew; the sets of managedFields nobody changes. */
const ownsAll = ({ resource }: PatchContext): boolean =>
  !resource.isCustom && !resource.conversion && !keepsRawValues(resource.def.type);

export function parsePatch(body: Buffer): unknown {
  try {
    return parseJsonValue(body.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}

export function patchOf(kind: PatchKind, doc: Readonly<KubeObject>, patch: unknown, type: string): unknown {
  if (kind === "json") return applyJsonPatch(doc, patch as never);
  return kind === "merge" ? applyMergePatch(doc, patch) : applyStrategicPatch(doc, patch, type);
}

export interface ParsedPatch {
  readonly kind: PatchKind;
  readonly parsed: unknown;
}

interface Patched extends ParsedPatch {
  readonly patched: unknown;
  /** What was patched. */
  readonly served: Readonly<KubeObject>;
}

/** Throws 422 where the patch has made something that is no such object. */
function rereadPatched(
  context: PatchContext,
  { kind, parsed, patched, served }: Patched,
  validation: FieldValidation,
): KubeObject {
  try {
    return reread(context, patched, { validation, kept: untouchedMembers(context, patched, served) });
  } catch (error) {
    if (!(error instanceof StatusError && error.cause instanceof DecodeError)) throw error;
    const strategic = kind === "strategic";
    const value = strategic ? printGo(parsed) : printPatched(patched);
    const detail = strategic ? strategicDetail(error.cause.message) : error.cause.message;
    throw invalidObject({ group: "", kind: "" }, "", [invalid("patch", value, detail)]);
  }
}

/** As Go prints what a patch made: its own members sorted, those further down as they were. */
function printPatched(patched: unknown): string {
  const members = Object.entries(patched as object).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(members));
}

/** A strategic patch is read without a text between, which has other words for a value of a wrong type. */
function strategicDetail(text: string): string {
  const [, from, to] = /^json: cannot unmarshal (\S+) .*of type (\S+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return text;
  const kind = { array: "slice", object: "map", number: "int64" }[from] ?? from;
  if (to.startsWith("map[")) return `cannot restore map from ${kind}`;
  if (to.startsWith("[]")) return `cannot restore slice from ${kind}`;
  return to.includes(".") ? `cannot restore struct from: ${kind}` : `unrecognized type: ${to}`;
}

/** What a patch made is read as if it had been sent. */
function reread(context: PatchContext, value: unknown, options: Pick<MadeOptions, "validation" | "kept">): KubeObject {
  // A custom resource is pruned in place.
  const own = context.resource.isCustom ? cloneJson(value) : value;
  const object = decodeMade(context, own, { ...bodyKindOf(context), ...options });
  object.metadata ??= {};
  return object;
}
