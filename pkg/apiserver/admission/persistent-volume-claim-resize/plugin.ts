/**
 * Claims grow only where their class says that volumes can.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#persistentvolumeclaimresize
 */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { parseQuantity, type Quantity } from "#pkg/apimachinery/quantity/index.ts";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import { classOf } from "#pkg/apimachinery/volumes/matching.ts";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const unbound = "Only bound persistent volume claims can be expanded";
const fixed =
  "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";

const sizeOf = ({ spec }: Readonly<PersistentVolumeClaim>): Quantity =>
  parseQuantity(spec?.resources?.requests?.["storage"] ?? "0");

export const persistentVolumeClaimResize: AdmissionPluginFactory = ({ reader }) => ({
  name: "PersistentVolumeClaimResize",
  handles: (request) => request.operation === "UPDATE" && isResource(request, "", "persistentvolumeclaims"),
  async validate({ object, old, resource, name }) {
    const [next, before] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim];
    if (sizeOf(next).compare(sizeOf(before)) <= 0) return;
    const refuse = (why: string) => forbiddenRequest(resource.groupResource, name, why);
    if (before.status?.phase !== "Bound") throw refuse(unbound);
    const wanted = classOf(next);
    const isSame = wanted !== "" && wanted === classOf(before);
    const found = isSame ? await reader.get(resources.storageclasses, "", wanted) : undefined;
    if (!found?.allowVolumeExpansion) throw refuse(fixed);
  },
});
