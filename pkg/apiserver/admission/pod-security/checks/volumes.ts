/** Where pods may take files from. */
import type { Volume } from "#api/types/core/v1";
import type { Check, Examine } from "../check.ts";
import { counted, distinct, plural, quoted } from "../words.ts";

type Source = Exclude<keyof Volume, "name">;

const allowed: readonly Source[] = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** A volume has one source: the order is of no account. */
const restricted: readonly Source[] = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
];

const has = (volume: Volume, sources: readonly Source[]): boolean =>
  sources.some((source) => volume[source] !== undefined);

const sourceOf = (volume: Volume): string => restricted.find((source) => volume[source] !== undefined) ?? "unknown";

const examineHostPaths: Examine = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0 ? undefined : { reason: "hostPath volumes", detail: counted("volume", names) };
};

const examineAll: Examine = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !has(volume, allowed));
  if (bad.length === 0) return undefined;
  const which = counted(
    "volume",
    bad.map(({ name }) => name),
  );
  const sources = distinct(bad.map(sourceOf));
  const what = `${plural(sources.length, "restricted volume type")} ${quoted(sources)}`;
  return { reason: "restricted volume types", detail: `${which} ${plural(bad.length, "uses", "use")} ${what}` };
};

/** Not from the node. */
export const hostPathVolumes: Check = {
  name: "hostPathVolumes",
  revisions: [{ since: 0, examine: examineHostPaths }],
};

/** From the API and from claims. */
export const restrictedVolumes: Check = {
  name: "restrictedVolumes",
  revisions: [{ since: 0, examine: examineAll, replaces: hostPathVolumes.name }],
};
