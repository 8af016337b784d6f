/** Volumes and claims outlive their deletion while something uses them. */
import type { AdmissionPluginFactory, AdmissionRequest } from "../plugin.ts";

const finalizers = new Map([
  ["/persistentvolumes", "kubernetes.io/pv-protection"],
  ["/persistentvolumeclaims", "kubernetes.io/pvc-protection"],
  ["storage.k8s.io/volumeattributesclasses", "kubernetes.io/vac-protection"],
]);

const finalizerOf = ({ resource: { def } }: AdmissionRequest): string | undefined =>
  finalizers.get(`${def.group}/${def.plural}`);

export const storageObjectInUseProtection: AdmissionPluginFactory = () => ({
  name: "StorageObjectInUseProtection",
  handles: (request) =>
    request.operation === "CREATE" && request.subresource === "" && finalizerOf(request) !== undefined,
  admit(request) {
    const { object } = request;
    const finalizer = finalizerOf(request);
    if (!object || !finalizer || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  },
});
