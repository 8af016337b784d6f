/** The volume that gives a pod its token, the cluster's CA and its namespace. */
import type { PodSpec, Volume } from "#api/types/core/v1";
import { generateName } from "../../write/names.ts";

const prefix = "kube-api-access-";
export const tokenMountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and a little: the seven seconds tell these requests from ones that people write. */
const expirationSeconds = 3607;

/** Adds the volume once, and a mount to each container that mounts nothing there yet. */
export function mountToken(spec: PodSpec): void {
  const existing = spec.volumes?.find((v) => v.name?.startsWith(prefix));
  const name = existing?.name ?? generateName(prefix);
  let used = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (container.volumeMounts?.some((m) => m.mountPath === tokenMountPath)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenMountPath }];
    used = true;
  }
  if (used && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}
