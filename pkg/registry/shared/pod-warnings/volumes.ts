/** What clients are told about the volumes of a pod. */
import type { Volume, VolumeProjection } from "#api/types/core/v1";
import { claimSpecWarnings } from "./claims.ts";

const deadSources: readonly (readonly [source: keyof Volume, text: string])[] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
];
const recentlyDeadSources: typeof deadSources = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

export const volumeWarnings = (path: string, volumes: readonly Volume[]): string[] =>
  volumes.flatMap((volume, at) => {
    const here = `${path}[${at}]`;
    const dead = (sources: typeof deadSources) =>
      sources.flatMap(([source, text]) => {
        const shown = source === "storageos" ? "storageOS" : source;
        return volume[source] === undefined ? [] : [`${here}.${shown}: ${text}`];
      });
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    return [
      ...dead(deadSources),
      ...(claim ? claimSpecWarnings(`${here}.ephemeral.volumeClaimTemplate.spec`, claim) : []),
      ...dead(recentlyDeadSources),
    ];
  });

/** A file of a volume, and where it comes from when there are several sources. */
interface VirtualPath {
  readonly path: string;
  readonly source: string;
}

const quoted = (text: string | undefined): string => JSON.stringify(text ?? "");

/** Files that hide each other, or stand where another's directory has to be. */
export const overlapWarnings = (volumes: readonly Volume[]): string[] =>
  volumes.flatMap(({ name, configMap, secret, downwardAPI, projected }) => {
    const of = (what: string, items: readonly { readonly path: string }[] | undefined) =>
      overlaps((items ?? []).map(({ path }) => ({ path, source: "" }))).map((text) => warning(name, what, text));
    return [
      ...(configMap ? of(`ConfigMap ${quoted(configMap.name)}`, configMap.items) : []),
      ...(secret ? of(`Secret ${quoted(secret.secretName)}`, secret.items) : []),
      ...(downwardAPI ? of("DownwardAPI", downwardAPI.items) : []),
      ...(projected ? projectedWarnings(name, projected.sources ?? []) : []),
    ];
  });

const warning = (volume: string, what: string, text: string): string =>
  `volume ${quoted(volume)} (${what}): overlapping paths: ${text}`;

function projectedWarnings(name: string, sources: readonly VolumeProjection[]): string[] {
  const empty = sources.filter((source) => Object.values(source ?? {}).every((value) => value === undefined));
  return [
    ...empty.map(() => `volume ${quoted(name)} (Projected) has no sources provided`),
    ...overlaps(sources.flatMap((source) => pathsOf(source ?? {}))).map((text) => warning(name, "Projected", text)),
  ];
}

function pathsOf(projection: VolumeProjection): VirtualPath[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = projection;
  const all = (items: readonly { readonly path: string }[], source: string) =>
    items.map(({ path }) => ({ path, source }));
  if (configMap?.items) return all(configMap.items, `ConfigMap ${quoted(configMap.name)}`);
  if (secret?.items) return all(secret.items, `Secret ${quoted(secret.name)}`);
  if (downwardAPI?.items) return all(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken) return all([serviceAccountToken], "ServiceAccountToken");
  if (clusterTrustBundle) {
    const { name, signerName } = clusterTrustBundle;
    return all([clusterTrustBundle], `ClusterTrustBundle ${quoted(name ?? signerName)}`);
  }
  const { certificateChainPath, keyPath, credentialBundlePath } = podCertificate ?? {};
  return [
    { path: certificateChainPath, source: "PodCertificate chain" },
    { path: keyPath, source: "PodCertificate key" },
    { path: credentialBundlePath, source: "PodCertificate credential bundle" },
  ].flatMap(({ path, source }) => (path ? [{ path, source }] : []));
}

const shown = ({ path, source }: VirtualPath): string => (source === "" ? quoted(path) : `${quoted(path)} (${source})`);

/** Quadratic in the files, of which a volume has few. */
function overlaps(files: readonly VirtualPath[]): string[] {
  const before: VirtualPath[] = [];
  return files.flatMap(({ path, source }) => {
    const file = { path: path.replace(/\/+$/, ""), source };
    const found = before.filter((other) => collide(file.path, other.path));
    before.push(file);
    return found.map((other) => `${shown(file)} with ${shown(other)}`);
  });
}

const collide = (a: string, b: string): boolean =>
  a !== "" && b !== "" && (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`));
