/**
 * `kube-system/extension-apiserver-authentication`: by whom the servers of aggregated APIs may be asked, and whose client
 * certificates hold. https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
import { readFileSync } from "node:fs";
import type { ConfigMap } from "#api/types/core/v1";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ApiServerOptions } from "../options.ts";
import type { ServerServices } from "../services.ts";
import { createObject } from "../write/create.ts";
import { updateObject } from "../write/update.ts";

const name = "extension-apiserver-authentication";
const namespace = "kube-system";
/** How often it is looked at again: somebody may have deleted or emptied it. */
const intervalMs = 60_000;

type Data = Readonly<Record<string, string>>;

/** What this server trusts. */
export function trustOf({ clientCaFile, requestHeader }: ApiServerOptions): Data {
  const read = (file: string): string => readFileSync(file, "utf8");
  const client: Data = clientCaFile ? { "client-ca-file": read(clientCaFile) } : {};
  if (!requestHeader) return client;
  const { uidHeaders, groupHeaders, usernameHeaders, extraHeadersPrefixes, allowedNames } = requestHeader;
  return {
    ...client,
    "requestheader-username-headers": JSON.stringify(usernameHeaders),
    ...(uidHeaders.length > 0 ? { "requestheader-uid-headers": JSON.stringify(uidHeaders) } : {}),
    "requestheader-group-headers": JSON.stringify(groupHeaders),
    "requestheader-extra-headers-prefix": JSON.stringify(extraHeadersPrefixes),
    "requestheader-client-ca-file": read(requestHeader.clientCaFile),
    "requestheader-allowed-names": JSON.stringify(allowedNames),
  };
}

/** Beside what other API servers of the cluster put there. Pure. */
export function mergeTrust(present: Data, own: Data): Data {
  const merged: Record<string, string> = { ...present };
  for (const [key, value] of Object.entries(own)) {
    const before = Object.hasOwn(present, key) ? present[key] : undefined;
    if (before === undefined) merged[key] = value;
    else merged[key] = key.endsWith("-ca-file") ? mergeBundles(before, value) : mergeLists(before, value);
  }
  return merged;
}

const certificates = (bundle: string): string[] =>
  bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];

function mergeBundles(before: string, own: string): string {
  const known = new Set(certificates(before));
  const missing = certificates(own).filter((one) => !known.has(one));
  if (missing.length === 0) return before;
  return `${[...known, ...missing].join("\n")}\n`;
}

function mergeLists(before: string, own: string): string {
  try {
    return JSON.stringify([...new Set([...(JSON.parse(before) as string[]), ...(JSON.parse(own) as string[])])]);
  } catch {
    return own;
  }
}

/** Publishes it now, and again whenever it is found to be other than it should be. */
export async function keepTrust(services: ServerServices, own: Data): Promise<void> {
  const { clock, stopping, log } = services;
  if (Object.keys(own).length === 0) return;
  await publish(services, own);
  const again = (): void => {
    if (stopping.aborted) return;
    publish(services, own)
      .catch((err: unknown) => {
        if (!stopping.aborted) log.warn({ err }, "what aggregated APIs should trust was not published");
      })
      .finally(() => clock.after(intervalMs, again));
  };
  clock.after(intervalMs, again);
}

async function publish(services: ServerServices, own: Data): Promise<void> {
  const resource = services.table.ensure("", "v1", "configmaps");
  const user = { name: "system:apiserver", groups: ["system:masters"] };
  const common = { services, resource, namespace, user, subresource: "", dryRun: false, manager: "kube-apiserver" };
  const write = { ...common, name, warn: () => {} };
  const stored = await resource.store.get(resource.keyOf(namespace, name), { kind: "any" });
  const data = mergeTrust((stored?.object as ConfigMap | undefined)?.data ?? {}, own);
  if (stored && sameJson((stored.object as ConfigMap).data, data)) return;
  const createMissing = () =>
    createObject({ ...write, name: "" }, {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name, namespace },
      data,
    } as KubeObject);
  const change = (current: Readonly<KubeObject>): KubeObject => {
    const next = cloneJson(current) as ConfigMap;
    next.data = { ...mergeTrust(next.data ?? {}, own) };
    return next as KubeObject;
  };
  await updateObject(write, change, { createMissing }).catch((error: unknown) => {
    if (!(error instanceof StatusError && error.reason === "AlreadyExists")) throw error;
  });
}
