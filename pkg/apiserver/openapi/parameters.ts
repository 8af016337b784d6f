/** Parameters that many operations take. */

export interface Parameter {
  readonly name: string;
  /** Those of the path are required. */
  readonly in: "query" | "path";
  readonly type: "string" | "integer" | "boolean";
  readonly description?: string;
}

export const query = (name: string, type: Parameter["type"]): Parameter => ({ name, in: "query", type });

export const namePart = (kind: string): Parameter => ({
  name: "name",
  in: "path",
  type: "string",
  description: `name of the ${kind}`,
});
export const namespacePart: Parameter = { name: "namespace", in: "path", type: "string" };
export const pretty = query("pretty", "string");

export const writing: readonly Parameter[] = [
  query("dryRun", "string"),
  query("fieldManager", "string"),
  query("fieldValidation", "string"),
];

export const listing: readonly Parameter[] = [
  query("allowWatchBookmarks", "boolean"),
  query("continue", "string"),
  query("fieldSelector", "string"),
  query("labelSelector", "string"),
  query("limit", "integer"),
  query("resourceVersion", "string"),
  query("resourceVersionMatch", "string"),
  query("sendInitialEvents", "boolean"),
  query("timeoutSeconds", "integer"),
  query("watch", "boolean"),
];

export const deleting: readonly Parameter[] = [
  query("dryRun", "string"),
  query("gracePeriodSeconds", "integer"),
  query("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
  query("orphanDependents", "boolean"),
  query("propagationPolicy", "string"),
];

/** As the documents order them. */
export const sortParameters = (parameters: readonly Parameter[]): Parameter[] =>
  parameters.toSorted((a, b) => (a.name === b.name ? (a.in < b.in ? -1 : 1) : a.name < b.name ? -1 : 1));
