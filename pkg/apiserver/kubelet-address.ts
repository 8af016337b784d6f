/** How to reach a node's kubelet, and with which certificate. */
import { readFileSync } from "node:fs";
import { resources } from "#api/gen/resources.ts";
import type { Node } from "#api/types/core/v1";
import { notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ServerServices } from "./services.ts";

export interface KubeletTarget {
  readonly host: string;
  readonly port: number;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly rejectUnauthorized: boolean;
}

const defaultPort = 10250;

/**
 * The first address of a preferred type. Throws 404 without the node, 503 without an address. `asked`: as what a missing
 * node is told; upstream names the resource of the request.
 */
export async function kubeletOf(
  name: string,
  { reader, kubelet }: ServerServices,
  asked: "pods" | "nodes",
): Promise<KubeletTarget> {
  const node = (await reader.get(resources.nodes, "", name)) as Node | undefined;
  if (!node) throw notFound({ group: "", resource: asked }, name);
  const addresses = node.status?.addresses ?? [];
  const address = kubelet.addressTypes.flatMap((type) => addresses.filter((a) => a.type === type))[0]?.address;
  if (!address)
    throw new StatusError(
      "ServiceUnavailable",
      `no preferred addresses found; known addresses: ${JSON.stringify(addresses)}`,
    );
  return {
    host: address,
    port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultPort,
    ...(kubelet.cert ? { cert: kubelet.cert } : {}),
    ...(kubelet.key ? { key: kubelet.key } : {}),
    ...(kubelet.ca ? { ca: kubelet.ca } : {}),
    // Upstream trusts any kubelet certificate unless it was given a CA.
    rejectUnauthorized: kubelet.ca !== undefined,
  };
}

export const readOptional = (path: string | undefined): string | undefined =>
  path ? readFileSync(path, "utf8") : undefined;
