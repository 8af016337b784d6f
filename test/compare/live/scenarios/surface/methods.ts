/** Every method on every kind of path. */
import type { Scenario, Step } from "../../scenario.ts";
import { ask } from "./asking.ts";

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

/** What a page about the server itself says is not compared here, nor is what these delete. */
const skipped = new Set([
  "GET /metrics",
  "GET /openapi/v2",
  "GET /openapi/v3",
  "GET /openapi/v3/api/v1",
  "GET /api/v1/configmaps",
  "GET /api/v1/namespaces/default/configmaps",
  "GET /openid/v1/jwks",
]);

const isAsked = ({ method, path }: Step): boolean => !skipped.has(`${method} ${path}`);

export const methodScenarios: readonly Scenario[] = methods.map((method) => ({
  name: `surface of methods: ${method}`,
  steps: paths.map((path) => ask(method, path)).filter(isAsked),
}));
