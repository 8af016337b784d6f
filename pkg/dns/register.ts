/**
 * Makes the server reachable at the well-known address: the Service `kube-system/kube-dns` and its EndpointSlice, written
 * here because the server is no pod that a selector could find.
 */
import type { Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/types.ts";

export interface RegisterOptions {
  readonly client: Client;
  /** Where pods look for DNS: `10.96.0.10`. */
  readonly clusterIp: string;
  /** Where this server listens, as pods can reach it. */
  readonly address: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

const namespace = "kube-system";
const name = "kube-dns";
const manager = "kube-dns";

export async function register({ client, clusterIp, address, port, signal }: RegisterOptions): Promise<void> {
  const options = { signal, fieldManager: manager };
  const service = serviceOf(clusterIp);
  try {
    await client.services.create(service, options);
  } catch (error) {
    if (StatusError.from(error).reason !== "AlreadyExists") throw error;
  }
  await client.endpointslices.patch({ namespace, name }, sliceOf(address, port), {
    type: "apply",
    force: true,
    ...options,
  });
}

function serviceOf(clusterIp: string): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace,
      labels: { "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
    },
    spec: {
      clusterIP: clusterIp,
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
      ],
    },
  };
}

function sliceOf(address: string, port: number): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace,
      labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": manager },
    },
    addressType: "IPv4",
    ports: [
      { name: "dns", port, protocol: "UDP" },
      { name: "dns-tcp", port, protocol: "TCP" },
    ],
    endpoints: [{ addresses: [address], conditions: { ready: true, serving: true, terminating: false } }],
  };
}
