/** Volumes and claims outlive their deletion while something uses them. */
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const finalizers: Record<string, string> = {
  persistentvolumes: "kubernetes.io/pv-protection",
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
};

export const storageObjectInUseProtection: AdmissionPluginFactory = () => ({
  name: "StorageObjectInUseProtection",
  handles: (request) =>
    request.operation === "CREATE" &&
    (isResource(request, "", "persistentvolumes") || isResource(request, "", "persistentvolumeclaims")),
  admit({ object, resource }) {
    const finalizer = finalizers[resource.def.plural];
    if (!object || !finalizer || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  },
});
