/** Which namespaces and which objects a configuration is about. */
import type { LabelSelector as LabelSelectorSpec } from "#api/types/meta/v1";
import { type LabelSelector, labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { namespaceNamed } from "../namespace-named.ts";
import type { AdmissionRequest } from "../plugin.ts";

export interface Selectors {
  /** An Error where the selector of the configuration is none. */
  readonly namespaces: LabelSelector | Error;
  readonly objects: LabelSelector | Error;
}

export function parseSelectors(spec: {
  namespaceSelector?: LabelSelectorSpec;
  objectSelector?: LabelSelectorSpec;
}): Selectors {
  return { namespaces: parse(spec.namespaceSelector), objects: parse(spec.objectSelector) };
}

function parse(spec: LabelSelectorSpec | undefined): LabelSelector | Error {
  try {
    return labelSelectorFrom(spec ?? {});
  } catch (error) {
    return error as Error;
  }
}

/**
 * True, false, or why it is not known. A configuration whose rules do not mean a request must not fail it: ask the rules
 * first, and both selectors before an error counts.
 */
export type Selected = boolean | StatusError;

export function selectsObject({ objects }: Selectors, { object, old, view }: AdmissionRequest): Selected {
  if (objects instanceof Error) return StatusError.from(objects);
  if (objects.empty) return true;
  const matches = (one: Readonly<KubeObject> | undefined): boolean =>
    one?.metadata !== undefined && objects.matches((view ? view.show(one as KubeObject) : one).metadata.labels);
  return matches(object) || matches(old);
}

export async function selectsNamespace(
  { namespaces }: Selectors,
  request: AdmissionRequest,
  reader: ObjectReader,
): Promise<Selected> {
  const { def } = request.resource;
  const isNamespace = def.group === "" && def.plural === "namespaces";
  if (request.namespace === "" && !isNamespace) return true;
  if (namespaces instanceof Error) return StatusError.from(namespaces);
  if (namespaces.empty) return true;
  const written = request.operation === "CREATE" || request.operation === "UPDATE";
  if (isNamespace && request.subresource === "" && written) return namespaces.matches(request.object?.metadata.labels);
  const found = await namespaceNamed(reader, request.namespace);
  return found
    ? namespaces.matches(found.metadata.labels)
    : notFound({ group: "", resource: "namespaces" }, request.namespace);
}
