/** The images that the suite names: what each holds of what the specs use, or why there is none. */

export type LayerName =
  | "debian"
  | "agnhost"
  | "busybox"
  | "pause"
  | "nautilus"
  | "kitten"
  | "nnp"
  | "sample-apiserver"
  | "etcd";

export interface ImageRow {
  readonly names: readonly string[];
  readonly layers: readonly LayerName[];
  readonly config?: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly User?: string;
  };
}

const tests = "registry.k8s.io/e2e-test-images/";

export const imageTable: readonly ImageRow[] = [
  {
    names: [`${tests}agnhost:2.59`, `${tests}agnhost:2.55`],
    layers: ["debian", "busybox", "agnhost"],
    config: { Entrypoint: ["/agnhost"], Cmd: ["pause"] },
  },
  {
    // Debian with busybox's applets where it lacks one.
    names: [`${tests}busybox:1.37.0-1`, `${tests}busybox:1.36.1-1`],
    layers: ["debian", "busybox"],
    config: { Cmd: ["sh"] },
  },
  { names: ["registry.k8s.io/pause:3.10.1"], layers: ["pause"], config: { Entrypoint: ["/pause"] } },
  {
    names: [`${tests}nginx:1.14-4`, `${tests}nginx:1.15-4`],
    layers: ["debian"],
    config: { Cmd: ["nginx", "-g", "daemon off;"] },
  },
  ...(["nautilus", "kitten"] as const).map((name): ImageRow => {
    const config = { Entrypoint: ["/agnhost"], Cmd: ["test-webserver"] };
    return { names: [`${tests}${name}:1.7`], layers: ["debian", "agnhost", name], config };
  }),
  { names: [`${tests}nonewprivs:1.3`], layers: ["debian", "nnp"], config: { Cmd: ["nnp"] } },
  { names: [`${tests}nonroot:1.4`], layers: ["debian", "busybox"], config: { Cmd: ["sh"], User: "1234" } },
  { names: [`${tests}jessie-dnsutils:1.7`], layers: ["debian"], config: { Cmd: ["bash"] } },
  { names: [`${tests}perl:5.26`], layers: ["debian"], config: { Cmd: ["perl"] } },
  { names: [`${tests}ipc-utils:1.3`], layers: ["debian"], config: { Cmd: ["sh"] } },
  {
    names: [`${tests}sample-apiserver:1.29.2`],
    layers: ["debian", "sample-apiserver"],
    config: { Entrypoint: ["/sample-apiserver"] },
  },
  {
    // Stands for a driver of devices in specs of the control plane, which only look for its pod.
    names: ["registry.k8s.io/sig-storage/hostpathplugin:v1.16.1"],
    layers: ["debian", "busybox"],
    config: { Cmd: ["sh"] },
  },
  { names: ["registry.k8s.io/etcd:3.6.6-0"], layers: ["debian", "etcd"], config: { Cmd: ["etcd"] } },
];

/** Images that no conformance spec runs; a spec that does is seen to fail by its pull. */
export const withoutImage: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^registry\.k8s\.io\/sig-storage\//, "drivers of storage specs, which are no conformance specs"],
  [/^registry\.k8s\.io\/cloud-provider-gcp\//, "a cloud's driver"],
  [/\/(volume|node-perf)\//, "servers and loads of storage and performance specs"],
  [/\/(apparmor-loader|regression-issue-74839|resource-consumer|distroless-iptables):/, "no conformance spec uses it"],
  [/^gcr\.io\/k8s-authenticated-test\//, "is behind a login"],
  [/^invalid\.registry\.k8s\.io\//, "must not be there: specs see the pull fail"],
];

/** Names of the suite that are neither built nor left out for a reason. Pure. */
export function unknownImages(named: readonly string[]): string[] {
  const built = new Set(imageTable.flatMap(({ names }) => names));
  return named.filter((name) => !built.has(name) && !withoutImage.some(([pattern]) => pattern.test(name)));
}
