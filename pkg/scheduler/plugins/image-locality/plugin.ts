import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";

const mebibyte = 1024 * 1024;
/** Below this nothing is gained; above the maximum, times the number of containers, nothing more is. */
const bytesMin = 23 * mebibyte;
const bytesMaxPerContainer = 1000 * mebibyte;

interface State {
  readonly images: readonly { name: string; spread: number }[];
  readonly containerCount: number;
}

/** Prefers nodes that already hold the pod's images; an image that few nodes hold counts less, so that pods do not pile up there. */
export const imageLocality = definePlugin<undefined, State>({
  name: "ImageLocality",
  preScore(pod, nodes, cluster) {
    const state = stateOf(pod, cluster);
    return nodes.length > 1 && state.images.some((image) => image.spread > 0) ? { state } : { skip: true };
  },
  score(_, node, { images, containerCount }) {
    const bytes = images.reduce((sum, image) => sum + imageBytes(node, image.name) * image.spread, 0);
    const max = bytesMaxPerContainer * containerCount;
    const bounded = Math.min(max, Math.max(bytesMin, Math.floor(bytes)));
    return Math.floor((100 * (bounded - bytesMin)) / (max - bytesMin));
  },
  normalize: "none",
});

function stateOf({ pod }: PodInfo, cluster: ClusterView): State {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const images = containers.map(({ image = "" }) => {
    const name = fullImageName(image);
    return { name, spread: cluster.nodesWithImage(name) / Math.max(1, cluster.nodes.length) };
  });
  return { images, containerCount: containers.length };
}

const imageBytes = (node: NodeInfo, name: string) => node.images.get(name) ?? 0;

/** Node statuses list `repository:tag`; a bare repository means `latest`. */
export function fullImageName(name: string): string {
  const tail = name.slice(name.lastIndexOf("/") + 1);
  return tail.includes(":") || name.includes("@") ? name : `${name}:latest`;
}
