/** Kubeconfig files: writing one for a component, merging one into the user's. */
import { parse, stringify } from "yaml";
import type { KeyPair } from "./model.ts";

export interface KubeconfigRequest {
  readonly name: string;
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly client: KeyPair;
}

interface Named {
  name: string;
  [key: string]: unknown;
}

interface Kubeconfig {
  apiVersion: "v1";
  kind: "Config";
  clusters: Named[];
  users: Named[];
  contexts: Named[];
  "current-context": string;
  [key: string]: unknown;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function kubeconfigOf(request: KubeconfigRequest): Kubeconfig {
  const { name } = request;
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: request.server, "certificate-authority-data": base64(request.ca) } }],
    users: [
      {
        name: `${name}-admin`,
        user: {
          "client-certificate-data": base64(request.client.certificate),
          "client-key-data": base64(request.client.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
    "current-context": name,
  };
}

/** YAML text of a kubeconfig with everything embedded. */
export function buildKubeconfig(request: KubeconfigRequest): string {
  return stringify(kubeconfigOf(request), { lineWidth: 0 });
}

function namedList(value: unknown): Named[] {
  return Array.isArray(value) ? value.filter((item): item is Named => typeof item?.name === "string") : [];
}

function replaced(existing: unknown, own: readonly Named[]): Named[] {
  const names = new Set(own.map((item) => item.name));
  return [...namedList(existing).filter((item) => !names.has(item.name)), ...own];
}

export interface MergeResult {
  readonly text: string;
  /** The context that stays current when it is another one than ours. */
  readonly keptContext?: string;
}

/** Adds or replaces our entries; everything else, and a current-context that is set, stays. Throws when `existing` is no kubeconfig. */
export function mergeKubeconfig(existing: string, request: KubeconfigRequest): MergeResult {
  const own = kubeconfigOf(request);
  const parsed: unknown = existing.trim() === "" ? {} : parse(existing);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Error("it is not a kubeconfig");
  const old = parsed as Partial<Kubeconfig>;
  const current = typeof old["current-context"] === "string" ? old["current-context"] : "";
  const merged = {
    ...old,
    apiVersion: "v1",
    kind: "Config",
    clusters: replaced(old.clusters, own.clusters),
    users: replaced(old.users, own.users),
    contexts: replaced(old.contexts, own.contexts),
    "current-context": current === "" ? request.name : current,
  };
  const text = stringify(merged, { lineWidth: 0 });
  return current === "" || current === request.name ? { text } : { text, keptContext: current };
}

/** Removes what `mergeKubeconfig` added; a current-context that named it becomes empty. */
export function removeFromKubeconfig(existing: string, name: string): string {
  const old: unknown = parse(existing);
  if (typeof old !== "object" || old === null || Array.isArray(old)) return existing;
  const config = old as Partial<Kubeconfig>;
  const without = (list: unknown, entry: string) => namedList(list).filter((item) => item.name !== entry);
  return stringify(
    {
      ...config,
      clusters: without(config.clusters, name),
      users: without(config.users, `${name}-admin`),
      contexts: without(config.contexts, name),
      "current-context": config["current-context"] === name ? "" : (config["current-context"] ?? ""),
    },
    { lineWidth: 0 },
  );
}
