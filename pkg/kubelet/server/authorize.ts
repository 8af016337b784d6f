/** What the kubelet's clients may do: access to subresources of the node, as the API server decides. */
import type { KubeletUser } from "./authenticate.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { HttpError, type ServerHost, type ServerOptions } from "./host.ts";

/** Upstream's authorization.webhook TTLs. */
const allowedTtlMs = 5 * 60_000;
const deniedTtlMs = 30_000;
const decisionsMax = 5000;

const verbs = new Map([
  ["GET", "get"],
  ["HEAD", "get"],
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

const below = (path: string, base: string): boolean => path === base || path.startsWith(`${base}/`);

/** The subresources of the node of which any one is enough, the narrowest first. */
export function subresourcesOf(path: string): string[] {
  if (below(path, "/pods") || below(path, "/runningpods")) return ["pods", "proxy"];
  if (below(path, "/healthz")) return ["healthz", "proxy"];
  if (below(path, "/configz")) return ["configz", "proxy"];
  for (const name of ["stats", "metrics", "checkpoint"]) if (below(path, `/${name}`)) return [name];
  if (below(path, "/logs")) return ["log"];
  return ["proxy"];
}

export class Authorization {
  readonly #host: ServerHost;
  readonly #always: boolean;
  readonly #decisions: ExpiringCache<boolean>;

  constructor(host: ServerHost, { authorization = "Webhook" }: ServerOptions) {
    this.#host = host;
    this.#always = authorization === "AlwaysAllow";
    this.#decisions = new ExpiringCache(host.clock, decisionsMax);
  }

  /** Rejects with 403. */
  async ensure(user: KubeletUser, method: string, path: string): Promise<void> {
    if (this.#always) return;
    const verb = verbs.get(method) ?? "";
    const subresources = subresourcesOf(path);
    for (const subresource of subresources) if (await this.#may(user, verb, subresource)) return;
    throw new HttpError(
      403,
      `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}])`,
    );
  }

  async #may(user: KubeletUser, verb: string, subresource: string): Promise<boolean> {
    const key = JSON.stringify([user, verb, subresource]);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const allowed = await this.#review(user, verb, subresource);
    this.#decisions.set(key, allowed, allowed ? allowedTtlMs : deniedTtlMs);
    return allowed;
  }

  async #review(user: KubeletUser, verb: string, subresource: string): Promise<boolean> {
    const { client, nodeName } = this.#host;
    const { status } = await client.subjectaccessreviews.create({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec: {
        user: user.name,
        groups: [...user.groups],
        ...(user.uid ? { uid: user.uid } : {}),
        ...(user.extra ? { extra: Object.fromEntries(Object.entries(user.extra).map(([k, v]) => [k, [...v]])) } : {}),
        resourceAttributes: { verb, version: "v1", resource: "nodes", subresource, name: nodeName },
      },
    });
    return status?.allowed === true;
  }
}
