/** The annotations by which the volume controller, the scheduler and provisioners tell each other how far a binding is. */

/** On a claim: it was bound once; from then on a missing volume means lost data. */
export const bindCompleted = "pv.kubernetes.io/bind-completed";
/** On a claim or a volume: a component chose the other side, not a person. */
export const boundByController = "pv.kubernetes.io/bound-by-controller";
/** On a claim: the node for which the scheduler wants a volume made. A provisioner that cannot do it takes it away. */
export const selectedNode = "volume.kubernetes.io/selected-node";
/** On a claim: the provisioner that shall make its volume; the old name and the new one. */
export const provisionerKeys = [
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
];
/** A class whose volumes nobody makes. */
export const noProvisioner = "kubernetes.io/no-provisioner";
/** On a volume: the provisioner that made it, and takes it away. */
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
