/** Where things live below the kubelet's root directory; the layout is upstream's, tools and people look there. */

export interface Paths {
  readonly root: string;
  podDir(uid: string): string;
  volumeDir(uid: string, plugin: string, volume: string): string;
  subPathDir(uid: string, volume: string, container: string): string;
  containerDir(uid: string, container: string): string;
  etcHosts(uid: string): string;
  pluginDir(uid: string, plugin: string): string;
  /** Where a pod finds a volume that is a device: a link to it. */
  volumeDevice(uid: string, plugin: string, volume: string): string;
  /** Where a device is mounted once for all pods that use its file system. */
  deviceMounts(plugin: string): string;
  /** `<logs>/<namespace>_<name>_<uid>`, the sandbox's log directory. */
  podLogs(pod: { namespace: string; name: string; uid: string }): string;
  readonly logs: string;
  /** Links by pod and container name, for log collectors. Empty: none are made. */
  readonly containerLogLinks: string;
}

export interface PathOptions {
  readonly root: string;
  readonly logs: string;
  readonly containerLogLinks: string;
}

export function buildPaths({ root, logs, containerLogLinks }: PathOptions): Paths {
  const podDir = (uid: string): string => `${root}/pods/${uid}`;
  return {
    root,
    logs,
    containerLogLinks,
    podDir,
    volumeDir: (uid, plugin, volume) => `${podDir(uid)}/volumes/${plugin.replace("/", "~")}/${volume}`,
    subPathDir: (uid, volume, container) => `${podDir(uid)}/volume-subpaths/${volume}/${container}`,
    containerDir: (uid, container) => `${podDir(uid)}/containers/${container}`,
    etcHosts: (uid) => `${podDir(uid)}/etc-hosts`,
    pluginDir: (uid, plugin) => `${podDir(uid)}/plugins/${plugin.replace("/", "~")}`,
    volumeDevice: (uid, plugin, volume) => `${podDir(uid)}/volumeDevices/${plugin.replace("/", "~")}/${volume}`,
    deviceMounts: (plugin) => `${root}/plugins/${plugin}/mounts`,
    podLogs: ({ namespace, name, uid }) => `${logs}/${namespace}_${name}_${uid}`,
  };
}
