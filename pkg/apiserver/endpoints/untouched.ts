/** What a patch leaves as it was need not be read again: it was read when it was stored. */
import { isJsonObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceContext } from "../context.ts";
import type { ParsedPatch } from "./patch.ts";

/** The endpoints of which a strategy speaks that shares. */
const sharing = new Set(["", "status"]);

/**
 * The names of the members of `served`, the stored object, that a patch left where they were. Metadata is never among them: the server
 * changes it. Undefined: all has to be read.
 */
export function untouchedMembers(
  { resource, request }: Pick<ResourceContext, "resource" | "request">,
  patched: unknown,
  served: Readonly<KubeObject>,
): ReadonlySet<string> | undefined {
  const { strategy, conversion, isCustom } = resource;
  if (!strategy.sharesUntouched || !sharing.has(request.subresource) || conversion || isCustom) return undefined;
  if (typeof patched !== "object" || patched === null) return undefined;
  const untouched = new Set<string>();
  for (const [name, value] of Object.entries(served)) {
    const isObject = typeof value === "object" && value !== null;
    if (isObject && name !== "metadata" && (patched as Record<string, unknown>)[name] === value) untouched.add(name);
  }
  return untouched;
}

const besideBody = new Set(["apiVersion", "kind", "metadata"]);

/** Whether a patch of the object itself names nothing but metadata, so that it need not know what else there is. */
export function isOfMetadata(
  { resource, request }: Pick<ResourceContext, "resource" | "request">,
  { kind, parsed }: ParsedPatch,
): boolean {
  const { strategy, conversion, isCustom } = resource;
  if (!strategy.sharesUntouched || request.subresource !== "" || conversion || isCustom) return false;
  const names = kind === "json" ? operatedMembers(parsed) : patchedMembers(parsed);
  return names?.every((name) => besideBody.has(name)) ?? false;
}

/** Directives of a strategic patch are among them. */
const patchedMembers = (patch: unknown): readonly string[] | undefined =>
  isJsonObject(patch) ? Object.keys(patch) : undefined;

function operatedMembers(operations: unknown): readonly string[] | undefined {
  if (!Array.isArray(operations)) return undefined;
  return operations.flatMap((operation: { path?: unknown; from?: unknown } | null) =>
    [operation?.path, operation?.from ?? operation?.path].map((pointer) =>
      typeof pointer === "string" ? (pointer.split("/", 2)[1] ?? "") : "",
    ),
  );
}
