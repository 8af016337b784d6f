import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable } from "../../framework/verdict.ts";

/** A pod that names its node goes there or nowhere. */
export const nodeName = definePlugin({
  name: "NodeName",
  filter: ({ pod }, node) =>
    !pod.spec.nodeName || pod.spec.nodeName === node.name
      ? ok
      : unresolvable("node(s) didn't match the requested node name"),
  requeueOn: (_, event) => event.kind === "nodeAdded",
});
