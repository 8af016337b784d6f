/** Everything that a namespace holds: found by discovery, deleted collection by collection. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client, ResourceClient } from "#pkg/client/index.ts";
import type { Remaining } from "./conditions.ts";

interface Found {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

interface ResourceList {
  readonly resources?: readonly { name: string; kind: string; namespaced: boolean; verbs: readonly string[] }[];
}

interface GroupList {
  readonly groups?: readonly { name: string; preferredVersion: { version: string } }[];
}

const isGone = (error: unknown) => {
  const { reason } = StatusError.from(error);
  return reason === "NotFound" || reason === "MethodNotAllowed";
};

/** What can be deleted in a namespace; groups that do not answer are named in `errors`. */
export async function deletableResources(
  client: Client,
  signal: AbortSignal,
): Promise<{ found: Found[]; errors: string[] }> {
  const groups = (await client.request<GroupList>("GET", "/apis", undefined, { signal })).groups ?? [];
  const versions = [
    { group: "", version: "v1" },
    ...groups.map((g) => ({ group: g.name, version: g.preferredVersion.version })),
  ];
  const errors: string[] = [];
  const lists = await Promise.all(
    versions.map(async ({ group, version }) => {
      const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
      try {
        const { resources = [] } = await client.request<ResourceList>("GET", path, undefined, { signal });
        return resources
          .filter(
            (r) => r.namespaced && !r.name.includes("/") && r.verbs.includes("delete") && r.verbs.includes("list"),
          )
          .map((r) => ({ group, version, kind: r.kind, plural: r.name }));
      } catch (error) {
        if (!isGone(error)) errors.push(`${group}/${version}: ${(error as Error).message}`);
        return [];
      }
    }),
  );
  // Events of both groups are the same objects.
  return { found: lists.flat().filter((r) => !(r.plural === "events" && r.group === "events.k8s.io")), errors };
}

/** Deletes what is there and says what stays for now. Pods go first: nothing that they use goes before they have ended. */
export async function deleteContent(client: Client, namespace: string, signal: AbortSignal): Promise<Remaining> {
  const { found, errors } = await deletableResources(client, signal);
  const pods = found.filter(({ group, plural }) => group === "" && plural === "pods");
  const first = await deleteOf(pods, client, namespace, signal);
  if (first.resources.size > 0) return { ...first, discoveryErrors: errors };
  const others = await deleteOf(
    found.filter((each) => !pods.includes(each)),
    client,
    namespace,
    signal,
  );
  const deletionErrors = [...first.deletionErrors, ...others.deletionErrors];
  return { ...others, deletionErrors, discoveryErrors: errors };
}

async function deleteOf(
  found: Awaited<ReturnType<typeof deletableResources>>["found"],
  client: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<Omit<Remaining, "discoveryErrors">> {
  const resources = new Map<string, number>();
  const finalizers = new Map<string, number>();
  const deletionErrors: string[] = [];
  await Promise.all(
    found.map(async (each) => {
      const { group, plural } = each;
      const name = group === "" ? plural : `${plural}.${group}`;
      try {
        const left = await deleteAll(client.resource<KubeObject>({ ...each, namespaced: true }), namespace, signal);
        if (left.length === 0) return;
        resources.set(name === plural ? `${plural}.` : name, left.length);
        for (const { metadata } of left) {
          for (const finalizer of metadata.finalizers ?? [])
            finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
        }
      } catch (error) {
        if (!isGone(error)) deletionErrors.push(`${name}: ${(error as Error).message}`);
      }
    }),
  );
  return { resources, finalizers, deletionErrors };
}

async function deleteAll(
  resource: ResourceClient<KubeObject>,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const before = await resource.list({ namespace, limit: 1, signal });
  if ((before.items ?? []).length === 0) return [];
  await resource.deleteCollection({ namespace, signal, body: { propagationPolicy: "Background" } });
  return (await resource.list({ namespace, signal })).items ?? [];
}
