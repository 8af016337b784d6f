/** What the documents tell of discovery and of the server itself. */
import { apiVersionOf, type ResourceDef } from "#api/index.ts";
import { groupWord, type Operation, objectMedia, tagOf, title } from "./operations.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

interface Page {
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly answer: string;
  readonly media?: readonly string[];
  readonly consumes?: readonly string[];
}

const page = ({ path, id, tag, description, answer, media = objectMedia, consumes = media }: Page): Operation => ({
  path,
  method: "get",
  id,
  tag,
  description,
  parameters: [],
  answers: { "200": answer },
  consumes,
  produces: media,
});

const versions = { description: "get available API versions" };

/** Documents that stand beside those of the group versions, by their place below `/openapi/v3/`. */
export function serverPages(resources: readonly ResourceDef[]): Map<string, Operation> {
  const pages = new Map<string, Operation>([
    ["api", page({ ...versions, path: "/api/", id: "getCoreAPIVersions", tag: "core", answer: `${meta}.APIVersions` })],
    ["apis", page({ ...versions, path: "/apis/", id: "getAPIVersions", tag: "apis", answer: `${meta}.APIGroupList` })],
    ["version", versionPage],
    [".well-known/openid-configuration", issuerPage],
    ["openid/v1/jwks", keysPage],
  ]);
  for (const group of new Set(resources.map((resource) => resource.group))) {
    if (group === "") continue;
    const id = `get${title(groupWord(group))}APIGroup`;
    pages.set(
      `apis/${group}`,
      page({
        path: `/apis/${group}/`,
        id,
        tag: groupWord(group),
        description: "get information of a group",
        answer: `${meta}.APIGroup`,
      }),
    );
  }
  return pages;
}

const versionPage = page({
  path: "/version/",
  id: "getCodeVersion",
  tag: "version",
  description: "get the version information for this server",
  answer: "io.k8s.apimachinery.pkg.version.Info",
  media: ["application/json"],
});
const issuerPage = page({
  path: "/.well-known/openid-configuration/",
  id: "getServiceAccountIssuerOpenIDConfiguration",
  tag: "WellKnown",
  description: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
  answer: "string",
  media: ["application/json"],
  consumes: [],
});
const keysPage = page({
  path: "/openid/v1/jwks/",
  id: "getServiceAccountIssuerOpenIDKeyset",
  tag: "openid",
  description: "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
  answer: "string",
  media: ["application/jwk-set+json"],
  consumes: [],
});

/** The list of a group version's resources. */
export function resourcesPage({ group, version }: { group: string; version: string }): Operation {
  const root = `/${group === "" ? "api" : "apis"}/${apiVersionOf({ group, version })}/`;
  const id = `get${title(groupWord(group))}${title(version)}APIResources`;
  const description = "get available resources";
  return page({ path: root, id, tag: tagOf({ group, version }), description, answer: `${meta}.APIResourceList` });
}
