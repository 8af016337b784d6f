/** The files of volumes that show API objects: configMap, secret, downwardAPI, projected. */
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "#api/types/core/v1";
import { fieldValue, type NodeFacts, resourceValue } from "../containers/fields.ts";
import { namespaceOf } from "../pods/pod.ts";
import type { PayloadFile } from "./atomic-writer.ts";

export interface Token {
  readonly token: string;
  /** Milliseconds since the epoch: when a new one should be asked for. */
  readonly renewAt: number;
}

/** Rejects with StatusError. */
export interface PayloadSources {
  configMap(namespace: string, name: string): Promise<Readonly<ConfigMap>>;
  secret(namespace: string, name: string): Promise<Readonly<Secret>>;
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<Token>;
}

export interface PayloadResult {
  readonly files: Map<string, PayloadFile>;
  /** When the content goes stale by itself (a token's renewal). */
  readonly renewAt?: number;
}

const defaultMode = 0o644;

export const isApiVolume = (volume: Volume): boolean =>
  Boolean(volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected);

/** The objects that a volume shows: what to watch so that it stays current. */
export function referencesOf(volume: Volume): { kind: "configmap" | "secret"; name: string }[] {
  const references: { kind: "configmap" | "secret"; name: string }[] = [];
  const sources = [volume, ...(volume.projected?.sources ?? [])] as (Volume & VolumeProjection)[];
  for (const { configMap, secret } of sources) {
    if (configMap?.name) references.push({ kind: "configmap", name: configMap.name });
    const secretName =
      (secret as { secretName?: string; name?: string } | undefined)?.secretName ??
      (secret as { name?: string } | undefined)?.name;
    if (secretName) references.push({ kind: "secret", name: secretName });
  }
  return references;
}

/** Rejects with StatusError for a missing object, with Error for a missing key. */
export async function buildPayload(
  pod: Pod,
  volume: Volume,
  sources: PayloadSources,
  facts: NodeFacts,
): Promise<PayloadResult> {
  const namespace = namespaceOf(pod);
  if (volume.configMap) {
    const { name = "", items, optional, defaultMode: mode = defaultMode } = volume.configMap;
    return { files: await mapFiles(sources, { namespace, name, items, optional, mode }) };
  }
  if (volume.secret) {
    const { secretName: name = "", items, optional, defaultMode: mode = defaultMode } = volume.secret;
    return { files: await secretFiles(sources, { namespace, name, items, optional, mode }) };
  }
  if (volume.downwardAPI) {
    const { items = [], defaultMode: mode = defaultMode } = volume.downwardAPI;
    return { files: downwardFiles(pod, items, mode, facts) };
  }
  return projectedFiles(pod, volume, sources, facts);
}

async function projectedFiles(
  pod: Pod,
  volume: Volume,
  sources: PayloadSources,
  facts: NodeFacts,
): Promise<PayloadResult> {
  const namespace = namespaceOf(pod);
  const mode = volume.projected?.defaultMode ?? defaultMode;
  const files = new Map<string, PayloadFile>();
  let renewAt: number | undefined;
  for (const source of volume.projected?.sources ?? []) {
    let part = new Map<string, PayloadFile>();
    if (source.configMap) {
      part = await mapFiles(sources, { namespace, mode, ...reference(source.configMap) });
    } else if (source.secret) {
      part = await secretFiles(sources, { namespace, mode, ...reference(source.secret) });
    } else if (source.downwardAPI) {
      part = downwardFiles(pod, source.downwardAPI.items ?? [], mode, facts);
    } else if (source.serviceAccountToken) {
      const { token, renewAt: next } = await sources.token(pod, source.serviceAccountToken);
      renewAt = Math.min(renewAt ?? next, next);
      part.set(source.serviceAccountToken.path, tokenFile(pod, token, mode));
    } else {
      throw new Error(`a source of the projected volume ${volume.name} is of a kind that this kubelet does not serve`);
    }
    for (const [path, file] of part) files.set(path, file);
  }
  return { files, ...(renewAt === undefined ? {} : { renewAt }) };
}

const reference = ({
  name = "",
  items,
  optional,
}: {
  name?: string;
  items?: KeyToPath[];
  optional?: boolean;
}): Pick<Wanted, "name" | "items" | "optional"> => ({
  name,
  items,
  optional,
});

/** A token is the user's own: nobody else reads it, except the pod's fsGroup. */
function tokenFile(pod: Pod, token: string, mode: number): PayloadFile {
  const { fsGroup } = pod.spec.securityContext ?? {};
  const uid = commonUser(pod);
  const own = fsGroup !== undefined || uid !== undefined ? 0o600 : mode;
  return { data: Buffer.from(token), mode: own, ...(uid === undefined ? {} : { uid }) };
}

/** The one user that all containers run as; undefined when they differ or do not say. */
function commonUser(pod: Pod): number | undefined {
  const podUser = pod.spec.securityContext?.runAsUser;
  const users = new Set(
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => c.securityContext?.runAsUser ?? podUser),
  );
  return users.size === 1 ? [...users][0] : undefined;
}

interface Wanted {
  readonly namespace: string;
  readonly name: string;
  readonly items: KeyToPath[] | undefined;
  readonly optional: boolean | undefined;
  readonly mode: number;
}

async function mapFiles(sources: PayloadSources, wanted: Wanted): Promise<Map<string, PayloadFile>> {
  const map = await unlessMissing(sources.configMap(wanted.namespace, wanted.name), wanted.optional);
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(map?.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(map?.binaryData ?? {})) data.set(key, Buffer.from(value, "base64"));
  return chosenFiles(data, wanted, "config");
}

async function secretFiles(sources: PayloadSources, wanted: Wanted): Promise<Map<string, PayloadFile>> {
  const secret = await unlessMissing(sources.secret(wanted.namespace, wanted.name), wanted.optional);
  const entries = Object.entries(secret?.data ?? {});
  return chosenFiles(new Map(entries.map(([key, value]) => [key, Buffer.from(value, "base64")])), wanted, "secret");
}

function chosenFiles(
  data: ReadonlyMap<string, Buffer>,
  wanted: Wanted,
  kind: "config" | "secret",
): Map<string, PayloadFile> {
  const files = new Map<string, PayloadFile>();
  if (!wanted.items?.length) {
    for (const [key, content] of data) files.set(key, { data: content, mode: wanted.mode });
    return files;
  }
  for (const { key, path, mode = wanted.mode } of wanted.items) {
    const content = data.get(key);
    if (content) files.set(path, { data: content, mode });
    else if (!wanted.optional) throw new Error(`references non-existent ${kind} key: ${key}`);
  }
  return files;
}

function downwardFiles(
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
  facts: NodeFacts,
): Map<string, PayloadFile> {
  const files = new Map<string, PayloadFile>();
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    const text = fieldRef
      ? fieldValue(pod, fieldRef.fieldPath, facts)
      : resourceFieldRef
        ? resourceValue(pod, resourceFieldRef, { facts })
        : "";
    files.set(path, { data: Buffer.from(text), mode: own ?? mode });
  }
  return files;
}

async function unlessMissing<T>(found: Promise<T>, optional = false): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (optional && (error as { reason?: string }).reason === "NotFound") return undefined;
    throw error;
  }
}
