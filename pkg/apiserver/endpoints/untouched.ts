/** What a patch leaves as it was need not be read again: it was read when it was stored. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceContext } from "../context.ts";

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
