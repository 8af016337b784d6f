/**
 * Gives claims that ask for no class the cluster's default one.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaultstorageclass
 */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { defaultClass } from "#pkg/apimachinery/volumes/default-class.ts";
import { namesClass } from "#pkg/apimachinery/volumes/matching.ts";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

export const defaultStorageClass: AdmissionPluginFactory = ({ reader }) => ({
  name: "DefaultStorageClass",
  handles: (request) => request.operation === "CREATE" && isResource(request, "", "persistentvolumeclaims"),
  async admit(request) {
    const claim = request.object as PersistentVolumeClaim;
    if (namesClass(claim)) return;
    const found = defaultClass(await reader.list(resources.storageclasses, ""));
    if (found?.metadata.name) claim.spec = { ...claim.spec, storageClassName: found.metadata.name };
  },
});
