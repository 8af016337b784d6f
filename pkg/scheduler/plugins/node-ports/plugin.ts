import { definePlugin } from "../../framework/plugin.ts";
import { ok, unschedulable } from "../../framework/verdict.ts";

/** Two pods on one node cannot hold the same host port on overlapping addresses. */
export const nodePorts = definePlugin({
  name: "NodePorts",
  preFilter: (pod) => ({ skip: pod.hostPorts.length === 0 }),
  filter: (pod, node) =>
    pod.hostPorts.some((port) => node.usesPort(port))
      ? unschedulable("node(s) didn't have free ports for the requested pod ports")
      : ok,
  requeueOn: (_, event) => event.kind === "nodeAdded" || event.kind === "podGone",
});
