/**
 * The ServiceCIDR `kubernetes`: made from the server's flag, and made again when it is gone. One that exists is only
 * changed to add a second family; what else differs is for administrators to decide.
 */
import type { ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { writeFor } from "../bootstrap/bootstrap.ts";
import type { ServerServices } from "../services.ts";
import { createObject } from "../write/create.ts";
import { timestamp } from "../write/request.ts";
import { updateObject } from "../write/update.ts";

export const defaultRangeName = "kubernetes";
const manager = "kubernetes-service-cidr-controller";

export async function ensureDefaultRange(services: ServerServices, cidrs: readonly string[]): Promise<void> {
  const wanted: ServiceCIDR = {
    kind: "ServiceCIDR",
    apiVersion: "networking.k8s.io/v1",
    metadata: { name: defaultRangeName },
    spec: { cidrs: [...cidrs] },
  };
  const write = writeFor(services, "servicecidrs", wanted as KubeObject);
  const { resource } = write;
  const stored = await resource.store.get(resource.keyOf("", defaultRangeName), { kind: "latest" });
  if (!stored) {
    await createObject({ ...write, name: "" }, wanted as KubeObject).catch((error: unknown) => {
      if (!(error instanceof StatusError && error.reason === "AlreadyExists")) throw error;
    });
  }
  const range = (stored?.object ?? wanted) as ServiceCIDR;
  if (isToBecomeDual(range, cidrs)) {
    await updateObject(write, (current) => {
      const next = cloneJson(current) as ServiceCIDR;
      if (isToBecomeDual(next, cidrs)) next.spec.cidrs = [...cidrs];
      return next as KubeObject;
    });
  }
  if (isToBeReady(range, cidrs)) await setReady(services, cidrs);
}

const isToBecomeDual = ({ spec }: Readonly<ServiceCIDR>, cidrs: readonly string[]): boolean =>
  cidrs.length === 2 && spec?.cidrs?.length === 1 && spec.cidrs[0] === cidrs[0];

/** Until the controller has said something, and only for what the flag says. */
function isToBeReady({ metadata, spec, status }: Readonly<ServiceCIDR>, cidrs: readonly string[]): boolean {
  if (metadata.deletionTimestamp || JSON.stringify(spec?.cidrs ?? []) !== JSON.stringify(cidrs)) return false;
  const present = status?.conditions?.find(({ type }) => type === "Ready");
  return !present || present.status === "Unknown";
}

async function setReady(services: ServerServices, cidrs: readonly string[]): Promise<void> {
  const write = writeFor(services, "servicecidrs", { metadata: { name: defaultRangeName } } as KubeObject);
  await updateObject({ ...write, subresource: "status", manager }, (current) => {
    const next = cloneJson(current) as ServiceCIDR;
    if (!isToBeReady(next, cidrs)) return next as KubeObject;
    const others = (next.status?.conditions ?? []).filter(({ type }) => type !== "Ready");
    const ready = {
      type: "Ready",
      status: "True",
      reason: "",
      message: "Kubernetes default Service CIDR is ready",
      lastTransitionTime: timestamp(services.clock.now()),
    };
    next.status = { ...next.status, conditions: [...others, ready] };
    return next as KubeObject;
  });
}
