/** Attaches the volumes of external drivers to the nodes whose pods need them, and takes them away again. */
import { resources } from "#api/gen/resources.ts";
import type { Node, Pod } from "#api/types/core/v1";
import type { Controller } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { isTerminal } from "../framework/pods.ts";
import { onChange } from "../framework/wiring.ts";
import { attachmentNode, attachmentVolume, byNode, byVolume, NodeVolumes, podNode } from "./reconcile.ts";

const mayHaveClaims = ({ spec }: Readonly<Pod>): boolean =>
  spec.volumes?.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim || ephemeral) ?? false;

export const attachDetach: Controller = {
  name: "persistentvolume-attach-detach-controller",
  build(context) {
    const { informers } = context;
    const queue = context.queue("attachdetach");
    const pods = informers.informer(resources.pods);
    const attachments = informers.informer(resources.volumeattachments);
    pods.addIndex(byNode, podNode);
    attachments.addIndex(byNode, attachmentNode);
    attachments.addIndex(byVolume, attachmentVolume);
    const volumes = new NodeVolumes(context);
    onChange(pods, (pod, old) => {
      if (!pod.spec.nodeName || !mayHaveClaims(pod)) return;
      const same = old && old.spec.nodeName === pod.spec.nodeName && isTerminal(old) === isTerminal(pod);
      if (!same || old === pod) queue.add(pod.spec.nodeName);
    });
    onChange(informers.informer(resources.nodes), (node, old) => {
      if (!old || !sameJson(factsOf(node), factsOf(old))) queue.add(node.metadata.name ?? "");
    });
    onChange(attachments, ({ spec }) => queue.add(spec.nodeName));
    attachments.addHandler({ deleted: ({ metadata }) => volumes.forget(metadata.name ?? "") });
    // A claim that is bound late, of a pod that is on its node already.
    onChange(informers.informer(resources.persistentvolumeclaims), ({ metadata, status }) => {
      if (status?.phase !== "Bound") return;
      for (const pod of pods.list(metadata.namespace)) {
        if (pod.spec.nodeName && usesClaim(pod, metadata.name ?? "")) queue.add(pod.spec.nodeName);
      }
    });
    return { loops: [{ queue, workers: 5, reconcile: (name, signal) => volumes.reconcile(name, signal) }] };
  },
};

const usesClaim = ({ metadata, spec }: Readonly<Pod>, claim: string): boolean =>
  spec.volumes?.some(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName === claim || (ephemeral && `${metadata.name}-${name}` === claim),
  ) ?? false;

/** Of a node, what its volumes depend on. */
const factsOf = ({ metadata, spec, status }: Readonly<Node>) => [
  metadata.annotations,
  spec?.taints,
  status?.volumesAttached,
  status?.volumesInUse,
  status?.conditions?.find(({ type }) => type === "Ready")?.status,
];
