/** What each operation does, in the words of the documents. Pure. */
import type { Operation } from "./operations.ts";

export interface Told {
  readonly action: Operation["action"] | undefined;
  readonly method: Operation["method"];
  /** Of the resource, whatever kind a subresource shows. */
  readonly kind: string;
  /** `status`; absent: the object itself, or the collection. */
  readonly subresource?: string | undefined;
  readonly isWatched: boolean;
}

const insteadOfWatch = "deprecated: use the 'watch' parameter with a list operation instead";

/** `create a Pod`. */
export function operationText({ action, method, kind, subresource, isWatched }: Told): string {
  const of = subresource === undefined ? "" : `${subresource} of `;
  switch (action) {
    case "list":
      return `list ${isWatched ? "or watch " : ""}objects of kind ${kind}`;
    case "watchlist":
      return `watch individual changes to a list of ${kind}. ${insteadOfWatch}.`;
    case "watch":
      return `watch changes to an object of kind ${kind}. ${insteadOfWatch}, filtered to a single item with the 'fieldSelector' parameter.`;
    case "get":
      return `read ${of}the specified ${kind}`;
    case "put":
      return `replace ${of}the specified ${kind}`;
    case "patch":
      return `partially update ${of}the specified ${kind}`;
    case "post":
      return `create ${of}${withArticle(kind)}`;
    case "delete":
      return `delete ${withArticle(kind)}`;
    case "deletecollection":
      return `delete collection of ${kind}`;
    default:
      return `${action} ${method.toUpperCase()} requests to ${of}${kind}`;
  }
}

/** Kinds that are called by their plural (`Endpoints`) have none. */
function withArticle(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
}
