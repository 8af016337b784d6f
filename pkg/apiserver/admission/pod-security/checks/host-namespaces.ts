import type { Check, Examine } from "../check.ts";

const shared = ["hostNetwork", "hostPID", "hostIPC"] as const;

const examine: Examine = ({ spec }) => {
  const set = shared.filter((field) => spec[field] === true);
  if (set.length === 0) return undefined;
  return { reason: "host namespaces", detail: set.map((field) => `${field}=true`).join(", ") };
};

/** Pods share no namespace of the node. */
export const hostNamespaces: Check = { name: "hostNamespaces", revisions: [{ since: 0, examine }] };
