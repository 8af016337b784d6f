/** Where a node is. https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone */

export const zoneLabel = "topology.kubernetes.io/zone";
export const regionLabel = "topology.kubernetes.io/region";
