/** Label and field selectors of a list, watch or deletecollection, as one predicate over stored objects. */
import { type FieldSelector, parseFieldSelector } from "#pkg/apimachinery/fields/index.ts";
import { type LabelSelector, parseLabelSelector } from "#pkg/apimachinery/labels/index.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ServedResource } from "../resources/served-resource.ts";

export interface Selection {
  /** Undefined: everything. */
  readonly match: ((object: StoredObject) => boolean) | undefined;
  /** Exact field values, for an index. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** The one name that can match, when the selector says so. */
  readonly name: string | undefined;
}

const everything: Selection = { match: undefined, fields: undefined, name: undefined };

/** Throws 400 on a malformed selector or an unknown field. */
export function parseSelection(query: URLSearchParams, resource: ServedResource): Selection {
  const labelText = query.get("labelSelector") ?? "";
  const fieldText = query.get("fieldSelector") ?? "";
  if (labelText === "" && fieldText === "") return everything;
  const labels = labelText === "" ? undefined : parse(() => parseLabelSelector(labelText));
  const fields = fieldText === "" ? undefined : parse(() => parseFieldSelector(fieldText));
  if (fields) ensureKnownFields(fields, resource);
  const exact = fields && Object.keys(fields.exact).length > 0 ? fields.exact : undefined;
  return { match: predicate(labels, fields), fields: exact, name: exact?.["metadata.name"] };
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function predicate(labels: LabelSelector | undefined, fields: FieldSelector | undefined): Selection["match"] {
  const useLabels = labels && !labels.empty ? labels : undefined;
  if (useLabels && fields) return (object) => useLabels.matches(object.labels) && fields.matches(object.fields);
  if (useLabels) return (object) => useLabels.matches(object.labels);
  if (fields) return (object) => fields.matches(object.fields);
  return undefined;
}

const metadataFields = new Set(["metadata.name", "metadata.namespace"]);

function ensureKnownFields(fields: FieldSelector, resource: ServedResource): void {
  const own = resource.strategy.fields;
  for (const { field, value } of fields.requirements) {
    // A lone `=` asks for nothing.
    if (field === "" && value === "") continue;
    if (metadataFields.has(field) || (own && Object.hasOwn(own, field))) continue;
    throw badRequest(
      own
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
}
