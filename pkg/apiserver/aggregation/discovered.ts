/** What another server says that it serves, as definitions like our own. */
import type { ResourceDef, Subresource } from "#api/index.ts";

interface Kind {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

interface AggregatedResource {
  readonly resource?: string;
  readonly responseKind?: Kind;
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly {
    readonly subresource?: string;
    readonly responseKind?: Kind;
    readonly verbs?: readonly string[];
  }[];
}

interface PlainResource extends Kind {
  readonly name?: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

const list = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);
const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** From an APIGroupDiscoveryList; undefined: it does not name the group version. */
export function readAggregated(document: unknown, of: GroupVersion): ResourceDef[] | undefined {
  const group = list<object>(member(document, "items")).find(
    (one) => member(member(one, "metadata"), "name") === of.group,
  );
  const version = list<object>(member(group, "versions")).find((one) => member(one, "version") === of.version);
  return (
    version && list<AggregatedResource>(member(version, "resources")).map((resource) => fromAggregated(resource, of))
  );
}

function fromAggregated(resource: AggregatedResource, of: GroupVersion): ResourceDef {
  const { responseKind, subresources } = resource;
  return {
    ...definition(of, responseKind?.kind ?? "", resource.resource ?? ""),
    singular: resource.singularResource ?? "",
    shortNames: list(resource.shortNames),
    categories: list(resource.categories),
    namespaced: resource.scope === "Namespaced",
    verbs: list(resource.verbs),
    subresources: (subresources ?? []).map((sub) =>
      subresourceOf(sub.subresource ?? "", sub.responseKind ?? {}, { of, verbs: list(sub.verbs) }),
    ),
  };
}

/** From an APIResourceList. */
export function readPlain(document: unknown, of: GroupVersion): ResourceDef[] {
  const rows = list<PlainResource>(member(document, "resources"));
  return rows
    .filter(({ name = "" }) => !name.includes("/"))
    .map((row) => ({
      ...definition(of, row.kind ?? "", row.name ?? ""),
      singular: row.singularName ?? "",
      shortNames: list(row.shortNames),
      categories: list(row.categories),
      namespaced: row.namespaced ?? false,
      verbs: list(row.verbs),
      subresources: rows
        .filter(({ name = "" }) => name.startsWith(`${row.name}/`))
        .map((sub) =>
          subresourceOf((sub.name ?? "").slice((row.name ?? "").length + 1), sub, { of, verbs: list(sub.verbs) }),
        ),
    }));
}

function definition({ group, version }: GroupVersion, kind: string, plural: string): ResourceDef {
  return {
    group,
    version,
    kind,
    plural,
    singular: "",
    shortNames: [],
    categories: [],
    namespaced: false,
    verbs: [],
    subresources: [],
    columns: [],
    type: `${group}/${version}.${kind}`,
  };
}

/** A kind without a group is one of the group version itself. */
function subresourceOf(
  name: string,
  { group, version, kind = "" }: Kind,
  { of, verbs }: { readonly of: GroupVersion; readonly verbs: readonly string[] },
): Subresource {
  return { name, group: group || of.group, version: version || of.version, kind, verbs };
}
