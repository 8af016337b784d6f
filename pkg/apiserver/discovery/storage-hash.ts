/** `storageVersionHash`: lets clients notice that a resource is stored as another version than before. */
import { createHash } from "node:crypto";
import type { ResourceDef } from "#api/index.ts";

/** Resources that upstream's etcd holds as something else than what is served, and therefore publishes another hash for. */
const storedElsewhere: Readonly<Record<string, string>> = {
  "events.k8s.io/v1/Event": "/v1/Event",
  "autoscaling/v1/HorizontalPodAutoscaler": "autoscaling/v2/HorizontalPodAutoscaler",
  "storage.k8s.io/v1/VolumeAttributesClass": "storage.k8s.io/v1beta1/VolumeAttributesClass",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": "apiextensions.k8s.io/v1beta1/CustomResourceDefinition",
};

/** The first eight bytes of the SHA-256 of `group/version/kind`, in base64; undefined for what is never stored. */
export function storageVersionHash(resource: ResourceDef): string | undefined {
  if (!resource.verbs.includes("watch")) return undefined;
  const served = `${resource.group}/${resource.storageVersion ?? resource.version}/${resource.kind}`;
  const stored = Object.hasOwn(storedElsewhere, served) ? storedElsewhere[served]! : served;
  return createHash("sha256").update(stored).digest().subarray(0, 8).toString("base64");
}
