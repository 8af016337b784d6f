/** Requests about namespaces with labels and pods in them. */
import type { Step } from "../../scenario.ts";
import { merge as mergeTo, send, withBody } from "../../steps.ts";

type Labels = Readonly<Record<string, string>>;

const prefix = "pod-security.kubernetes.io/";

/** `{ enforce: "baseline" }`: the prefix is added. */
export const labelled = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`${prefix}${name}`, value]));

export const namespacePath = (name: string): string => `/api/v1/namespaces/${name}`;
export const podsPath = (namespace: string): string => `${namespacePath(namespace)}/pods`;

export const createNamespace = (name: string, labels: Labels): Step => ({
  ...send("POST", "/api/v1/namespaces", { metadata: { name, labels: labelled(labels) } }),
  note: `${name} ${JSON.stringify(labels)}`,
});

export const merge = (path: string, body: unknown): Step => withBody(mergeTo(path, body));

/**
 * When every cache knows what the steps before have written: upstream's plugins look into caches, and a write that begins
 * with an old state warns of that too.
 */
export const seen = (step: Step): Step => ({ ...step, afterMs: 150 });

/** `null` takes a label away. */
export const relabel = (name: string, labels: Readonly<Record<string, string | null>>, query = ""): Step =>
  seen(merge(`${namespacePath(name)}${query}`, { metadata: { labels: labelled(labels as Labels) } }));

/** A namespace with the account that pods need. */
export const namespaceWithAccount = (name: string, labels: Labels): Step[] => [
  createNamespace(name, labels),
  send("POST", `${namespacePath(name)}/serviceaccounts`, { metadata: { name: "default" } }),
];
