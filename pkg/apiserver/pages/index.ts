/** Everything that is not a resource: discovery, health, version, metrics, keys for relying parties. */
import type { Registry } from "prom-client";
import type { VerifyingKey } from "../authn/service-account-keys.ts";
import { keySetOf } from "../authn/service-account-keys.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import { sendBytes } from "../endpoints/send.ts";
import { answerFlowControl, type FlowControl } from "../flow-control/index.ts";
import { methodNotAllowed } from "../http/errors.ts";
import { namesOneOf } from "../negotiation/accept.ts";
import { notProduced } from "../negotiation/negotiate.ts";
import { isBuiltInGroup } from "../resources/built-in-groups.ts";
import { versionDocument } from "../version.ts";
import { answerDiscovery, type DiscoveryPages } from "./discovery.ts";
import { answerHealth, type HealthPages, sendText } from "./health.ts";
import { answerProfiling, profilingPrefix } from "./profiling.ts";

/** What the version is told in. */
const versionTypes = ["application/json"];

export interface PagesOptions {
  readonly health: HealthPages;
  readonly registry: Registry;
  readonly discovery: DiscoveryPages;
  readonly issuer: string | undefined;
  readonly keys: readonly VerifyingKey[];
  /** Undefined: the server has none to show. */
  readonly flowControl: FlowControl | undefined;
  /** Whether /debug/pprof/ is served. */
  readonly profiling: boolean;
}

export function buildPages(options: PagesOptions): (context: RequestContext) => Promise<boolean> {
  return async (context) => {
    const { path, method } = context.info;
    if (method !== "GET" && isRouted(path) && isKnown(path, options)) throw methodNotAllowed();
    if (method === "DELETE" && path === "/metrics") throw methodNotAllowed();
    context.exchange.discardBody();
    switch (path) {
      case "/version":
        if (!namesOneOf(context.exchange.header("accept") || "*/*", versionTypes)) throw notProduced(versionTypes);
        sendBytes(context, 200, "application/json", Buffer.from(JSON.stringify(versionDocument, undefined, 2)));
        return true;
      case "/metrics":
        await sendMetrics(context, options.registry);
        return true;
      case "/metrics/slis":
        await sendMetrics(context, options.health.metrics.registry);
        return true;
      case "/openid/v1/jwks":
        sendKeys(context, "application/jwk-set+json", await keySetOf(options.keys));
        return true;
      case "/.well-known/openid-configuration":
        if (!options.issuer) return false;
        sendKeys(context, "application/json", configurationOf(options.issuer, options.keys));
        return true;
      default:
        if (options.profiling && path.startsWith(profilingPrefix)) return answerProfiling(context);
        if (options.flowControl && answerFlowControl(context, options.flowControl)) return true;
        return answerDiscovery(context, options.discovery) || (await answerHealth(context, options.health));
    }
  };
}

async function sendMetrics(context: RequestContext, registry: Registry): Promise<void> {
  sendText(context, 200, await registry.metrics(), `${registry.contentType}; escaping=underscores`);
}

const routed = new Set(["/version", "/openid/v1/jwks", "/.well-known/openid-configuration"]);

/** What upstream's router answers, which looks at the method. Whatever else there is, it answers to any. */
function isRouted(path: string): boolean {
  if (routed.has(path) || path === "/api" || path.startsWith("/api/")) return true;
  const [, root, group = "", version] = path.split("/");
  return root === "apis" && version !== undefined && isBuiltInGroup(group);
}

const isKnown = (path: string, { discovery, issuer }: PagesOptions): boolean =>
  routed.has(path) ? !path.startsWith("/.") || issuer !== undefined : discovery.document(path, false) !== null;

function sendKeys(context: RequestContext, type: string, document: object): void {
  const headers = { ...responseHeaders(context, type), "cache-control": "public, max-age=3600" };
  context.exchange.send(200, headers, Buffer.from(JSON.stringify(document)));
}

function configurationOf(issuer: string, keys: readonly VerifyingKey[]): object {
  return {
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [...new Set(keys.map((k) => k.algorithm))].sort(),
  };
}
