import type { LifecycleHandler, Probe } from "#api/types/core/v1";
import { type AnyContainer, type Check, containersWhere, type Examine } from "../check.ts";
import { counted, distinct, plural, quoted } from "../words.ts";

const hostsOf = (handler: Probe | LifecycleHandler | undefined): string[] =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined && host !== "") as string[];

const hostsIn = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): string[] =>
  [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(hostsOf);

const examine: Examine = ({ spec }) => {
  const hosts: string[] = [];
  const bad = containersWhere(spec, (container) => {
    const own = hostsIn(container);
    hosts.push(...own);
    return own.length > 0;
  });
  if (bad.length === 0) return undefined;
  const all = distinct(hosts);
  const uses = plural(bad.length, "uses", "use");
  const what = `${plural(all.length, "probe or lifecycle host")} ${quoted(all)}`;
  return { reason: "probe or lifecycle host", detail: `${counted("container", distinct(bad))} ${uses} ${what}` };
};

/** The kubelet is not made to call other hosts than the pod. */
export const hostProbesAndHostLifecycle: Check = {
  name: "hostProbesAndHostLifecycle",
  revisions: [{ since: 34, examine }],
};
