/** A write as the generic store sees it, whichever endpoint it came from. */
import { isRawNumber } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { RequestUser, StrategyContext } from "#pkg/registry/strategy.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ServerServices } from "../services.ts";

export interface WriteRequest {
  readonly services: ServerServices;
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty on create: the body names the object. */
  readonly name: string;
  readonly user: RequestUser;
  readonly dryRun: boolean;
  /** Who owns the fields in managedFields; undefined: fields are not tracked (deletion). */
  readonly manager: string | undefined;
  readonly signal?: AbortSignal;
  warn(text: string): void;
}

/** What a write left behind: stored, or (dry run, deletion) an object only. Objects are in the stored version. */
export type Outcome =
  | { readonly kind: "stored"; readonly stored: StoredObject; readonly created: boolean }
  | { readonly kind: "object"; readonly object: KubeObject; readonly created: boolean };

export const objectOf = (outcome: Outcome): KubeObject =>
  outcome.kind === "stored" ? outcome.stored.object : outcome.object;

export function strategyContextOf({ user, namespace, dryRun, services }: WriteRequest): StrategyContext {
  return { user, namespace, dryRun, now: new Date(services.clock.now()) };
}

/** A copy that may be changed. JSON values only, which is what objects are made of. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  if (isRawNumber(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = cloneJson((value as Record<string, unknown>)[key]);
    if (key === "__proto__")
      Object.defineProperty(copy, key, { value: member, enumerable: true, writable: true, configurable: true });
    else copy[key] = member;
  }
  return copy as T;
}

/** Whether two JSON values are the same, members in any order; undefined members count as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isRawNumber(a) || isRawNumber(b)) return JSON.stringify(a) === JSON.stringify(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => sameJson(item, b[i]));
  }
  return sameMembers(a as Record<string, unknown>, b as Record<string, unknown>);
}

function sameMembers(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let shared = 0;
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue;
    if (!Object.hasOwn(b, key) || !sameJson(a[key], b[key])) return false;
    shared++;
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) shared--;
  return shared === 0;
}

/** Times of the API have no fraction of a second. */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
