/** Makes of an object what a webhook answered. */
import { normalize, parseJsonText } from "#pkg/apimachinery/codec/index.ts";
import { sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { applyJsonPatch } from "#pkg/apimachinery/patch/index.ts";
import { badRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import { restoreMembers, withoutMembers } from "../../write/system-members.ts";
import { isOwnKind, type ShownAs, type Subject, typeOf } from "../matching/subject.ts";
import type { Invocation } from "./caller.ts";
import { notModifiable, WebhookFailure } from "./failure.ts";
import type { Patch } from "./review.ts";

/** What an object gets from the server only after everybody had a say. */
export function hideSystemFields(object: KubeObject | undefined, { request }: Subject): KubeObject | undefined {
  if (!object?.metadata || request.unsent.length === 0) return object;
  return { ...object, metadata: withoutMembers(object.metadata, request.unsent) };
}

/** Whether the patch changed the object of the request, which stays the same JavaScript object. */
export async function patchObject(
  { patch, patchType }: Patch,
  { hook, as, object }: Invocation,
  subject: Subject,
): Promise<boolean> {
  const operations = parsePatch(patch, hook.name);
  if (operations.length === 0) return false;
  const { request } = subject;
  if (!object || !request.object) throw notModifiable(hook.name);
  if (patchType !== "JSONPatch")
    throw new WebhookFailure(hook.name, `unsupported patch type ${JSON.stringify(patchType)}`);
  const patched = decode(applied(object, operations), as);
  if (sameJson(patched, object)) return false;
  await replace(request.object, patched, as, subject);
  return true;
}

function parsePatch(patch: string, webhook: string): unknown[] {
  try {
    const operations: unknown = parseJsonText(patch).value;
    if (operations === null) return [];
    if (Array.isArray(operations)) return operations;
    throw new Error(`json: cannot unmarshal ${typeof operations} into Go value of type jsonpatch.Patch`);
  } catch (error) {
    const why = `received undecodable patch in webhook response: ${(error as Error).message}`;
    throw new WebhookFailure(webhook, why, error);
  }
}

function applied(object: KubeObject, operations: unknown[]): KubeObject {
  try {
    return applyJsonPatch(object, operations) as KubeObject;
  } catch (error) {
    // The reason stands in the cause: clients' own patches are not told it, webhooks' are.
    throw StatusError.from((error as Error).cause ?? new Error((error as Error).message));
  }
}

/** Throws 500 for values of a wrong type. */
function decode(object: KubeObject, as: ShownAs): KubeObject {
  const type = typeOf(as);
  const { apiVersion, kind } = object;
  try {
    if (type !== undefined) return { kind, apiVersion, ...normalize(object, type) } as KubeObject;
    as.served.custom?.prune(object);
    return object;
  } catch (error) {
    throw StatusError.from(new Error((error as Error).message));
  }
}

async function replace(target: KubeObject, patched: KubeObject, as: ShownAs, subject: Subject): Promise<void> {
  const { request } = subject;
  if (request.view) {
    request.view.change(target, patched);
    return;
  }
  const own = isOwnKind(subject);
  const { custom } = request.resource;
  const stored = own
    ? custom
      ? await custom.convert(patched)
      : (as.served.conversion?.toStored(patched) ?? patched)
    : patched;
  if (own) request.resource.strategy.applyDefaults?.(stored);
  const { metadata } = target;
  if (metadata && stored.metadata) {
    ensureSamePlace(stored, metadata);
    restoreMembers(stored.metadata, metadata, request.unsent);
    replaceMembers(metadata, stored.metadata);
  }
  // Whoever holds the object holds its metadata too.
  replaceMembers(target, { ...stored, metadata });
}

function ensureSamePlace({ metadata }: KubeObject, before: KubeObject["metadata"]): void {
  if ((metadata.namespace ?? "") === (before.namespace ?? "")) return;
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

function replaceMembers(target: object, next: object): void {
  for (const name of Object.keys(target)) if (!Object.hasOwn(next, name)) Reflect.deleteProperty(target, name);
  Object.assign(target, next);
}
