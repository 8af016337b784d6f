/**
 * Tells a pod where its node is: the node's zone and region become labels of the Binding, which are the pod's then, or of a
 * pod that is created on its node.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podtopologylabels
 */
import { resources } from "#api/gen/resources.ts";
import type { Binding, Pod } from "#api/types/core/v1";
import { regionLabel, zoneLabel } from "#pkg/apimachinery/placement/topology.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "../plugin.ts";

/** The node that the request puts a pod on. */
function nodeOf({ subresource, object }: AdmissionRequest): string | undefined {
  if (subresource === "") return (object as Pod).spec?.nodeName;
  const { target } = object as unknown as Binding;
  return target?.kind === "Node" ? target.name : undefined;
}

export const podTopologyLabels: AdmissionPluginFactory = ({ reader }) => ({
  name: "PodTopologyLabels",
  handles: ({ operation, subresource, resource: { def } }) =>
    operation === "CREATE" &&
    def.group === "" &&
    def.plural === "pods" &&
    (subresource === "" || subresource === "binding"),
  async admit(request) {
    const name = nodeOf(request);
    const node = name ? await reader.get(resources.nodes, "", name) : undefined;
    const { metadata } = request.object ?? {};
    for (const label of [regionLabel, zoneLabel]) {
      const value = node?.metadata.labels?.[label];
      if (metadata && value !== undefined) metadata.labels = { ...metadata.labels, [label]: value };
    }
  },
});
