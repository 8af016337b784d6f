import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable } from "../../framework/verdict.ts";

/** Holds a pod back while `spec.schedulingGates` is not empty. */
export const schedulingGates = definePlugin({
  name: "SchedulingGates",
  preEnqueue({ pod }) {
    const gates = pod.spec.schedulingGates ?? [];
    return gates.length === 0
      ? ok
      : unresolvable(`waiting for scheduling gates: [${gates.map((gate) => gate.name).join(" ")}]`);
  },
  requeueOn: (_, event) => event.kind === "selfUpdated",
});
