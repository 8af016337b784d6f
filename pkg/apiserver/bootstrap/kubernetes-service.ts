/** The `kubernetes` Service in default and its endpoints: how pods find the API. */
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ServerServices } from "../services.ts";

import { updateObject } from "../write/update.ts";
import { ensureObject, writeFor } from "./bootstrap.ts";

export interface ServiceAddress {
  /** The first address of the service range. */
  readonly clusterIp: string;
  readonly advertise: string;
  readonly port: number;
}

export async function ensureKubernetesService(services: ServerServices, address: ServiceAddress): Promise<void> {
  await ensureObject(services, "services", serviceFor(address));
  await setContent(services, "endpoints", endpointsFor(address), "subsets");
  await setContent(services, "endpointslices", sliceFor(address), "endpoints", "ports");
}

const named = (labels?: Record<string, string>): KubeObject["metadata"] => ({
  name: "kubernetes",
  namespace: "default",
  ...(labels ? { labels } : {}),
});

function serviceFor({ clusterIp, port }: ServiceAddress): KubeObject {
  return {
    metadata: named({ component: "apiserver", provider: "kubernetes" }),
    spec: {
      clusterIP: clusterIp,
      internalTrafficPolicy: "Cluster",
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
      sessionAffinity: "None",
      type: "ClusterIP",
    },
  } as unknown as KubeObject;
}

function endpointsFor({ advertise, port }: ServiceAddress): KubeObject {
  return {
    metadata: named({ "endpointslice.kubernetes.io/skip-mirror": "true" }),
    subsets: [{ addresses: [{ ip: advertise }], ports: [{ name: "https", port, protocol: "TCP" }] }],
  } as unknown as KubeObject;
}

function sliceFor({ advertise, port }: ServiceAddress): KubeObject {
  return {
    metadata: named({ "kubernetes.io/service-name": "kubernetes" }),
    addressType: advertise.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [advertise], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  } as unknown as KubeObject;
}

type Members = Record<string, unknown>;

async function setContent(
  services: ServerServices,
  plural: string,
  wanted: KubeObject,
  ...members: string[]
): Promise<void> {
  if (await ensureObject(services, plural, wanted)) return;
  await updateObject(writeFor(services, plural, wanted), (current) => {
    const next = cloneJson(current as KubeObject);
    for (const member of members)
      (next as unknown as Members)[member] = cloneJson((wanted as unknown as Members)[member]);
    return next;
  });
}
