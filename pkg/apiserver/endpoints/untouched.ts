/** What a patch leaves as it was need not be read again: it was read when it was stored. */
import { isJsonObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { namedMembers } from "#pkg/apimachinery/patch/index.ts";
import type { ResourceContext } from "../context.ts";
import type { ParsedPatch } from "./patch.ts";

/** The endpoints of which a strategy speaks that shares. */
const sharing = new Set(["", "status"]);

type Addressed = Pick<ResourceContext, "resource" | "request">;

const mayShare = ({ resource: { strategy, conversion, isCustom }, request }: Addressed): boolean =>
  strategy.sharesUntouched === true && sharing.has(request.subresource) && !conversion && !isCustom;

/**
 * The names of the members of `served`, the stored object, that a patch left where they were. Metadata is never among them: the server
 * changes it. Undefined: all has to be read.
 */
export function untouchedMembers(
  context: Addressed,
  patched: unknown,
  served: Readonly<KubeObject>,
): ReadonlySet<string> | undefined {
  if (!mayShare(context)) return undefined;
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
export function isOfMetadata(context: Addressed, { kind, parsed }: ParsedPatch): boolean {
  if (context.request.subresource !== "" || !mayShare(context)) return false;
  return membersIn(kind, parsed)?.every((name) => besideBody.has(name)) ?? false;
}

/** Directives of a strategic patch are among them. */
function membersIn(kind: ParsedPatch["kind"], patch: unknown): readonly string[] | undefined {
  if (kind === "json") return Array.isArray(patch) ? namedMembers(patch) : undefined;
  return isJsonObject(patch) ? Object.keys(patch) : undefined;
}
