/** Specs that cannot pass on a machine like this one, whoever's the cluster is, and why. They are named in every result. */
export const cannotRunHere: ReadonlyMap<string, string> = new Map([
  [
    "[sig-node] Kubelet when scheduling a read only busybox container should not write to root filesystem [LinuxOnly] [NodeConformance] [Conformance]",
    "wants the very words of busybox's shell; the images here have bash, because Debian's busybox drops variables whose names hold dashes, which other specs look for",
  ],
]);
