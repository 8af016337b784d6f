/** Every method on every kind of path. */
import type { Scenario, Step } from "../../scenario.ts";
import { ask } from "../../steps.ts";

const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"];

const paths: readonly string[] = [
  "/",
  "/api",
  "/api/",
  "/api/v1",
  "/api/v1/",
  "/apis",
  "/apis/",
  "/apis/apps",
  "/apis/apps/",
  "/apis/apps/v1",
  "/apis/apps/v2",
  "/apis/none.example.com",
  "/apis/none.example.com/v1",
  "/apis/none.example.com/v1/things",
  "/version",
  "/version/",
  "/healthz",
  "/livez",
  "/readyz",
  "/healthz/ping",
  "/healthz/none",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/api/v1",
  "/openapi/v3/none",
  "/openapi",
  "/.well-known/openid-configuration",
  "/openid/v1/jwks",
  "/metrics",
  "/logs",
  "/logs/",
  "/debug",
  "/favicon.ico",
  "/index.html",
  "/swagger.json",
  "/ui",
  "/api/v1/configmaps",
  "/api/v1/namespaces/default/configmaps",
  "/api/v1/namespaces/default/configmaps/none",
  "/api/v1/namespaces/default/configmaps/none/status",
  "/api/v1/namespaces/default/pods/none/log",
  "/api/v1/namespaces/default/pods/none/binding",
  "/api/v1/namespaces/default/pods/none/eviction",
  "/api/v1/namespaces/default/pods/none/exec",
  "/api/v1/namespaces/default/pods/none/attach",
  "/api/v1/namespaces/default/pods/none/portforward",
  "/api/v1/namespaces/default/services/none/proxy",
  "/api/v1/namespaces/default/serviceaccounts/none/token",
  "/api/v1/namespaces/none/finalize",
  "/api/v1/nodes/none",
  "/api/v1/nodes/none/proxy",
  "/api/v1/componentstatuses",
  "/apis/apps/v1/namespaces/default/deployments/none/scale",
  "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
  "/apis/certificates.k8s.io/v1/certificatesigningrequests/none/approval",
];

/** Documents and lists whose content is compared elsewhere, or differs from server to server. */
const contents = new Set([
  "/metrics",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/api/v1",
  "/openid/v1/jwks",
  "/api/v1/configmaps",
  "/api/v1/namespaces/default/configmaps",
]);

/** Of these, only that there is an answer to HEAD, and what is refused. */
function isAsked({ method, path }: Step): boolean {
  if (!contents.has(path) || method === "HEAD") return true;
  return method !== "GET" && (path.startsWith("/api/") || path === "/openid/v1/jwks" || isReset({ method, path }));
}

const isReset = ({ method, path }: Step): boolean => method === "DELETE" && path === "/metrics";

export const methodScenarios: readonly Scenario[] = methods.map((method) => ({
  name: `surface of methods: ${method}`,
  steps: paths.map((path) => ask(method, path)).filter(isAsked),
}));
