import type { Client } from "#pkg/client/types.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { failed, ok } from "../../framework/verdict.ts";

/** Writes the decision through the pod's `binding` subresource. */
export const defaultBinder = (client: Client) =>
  definePlugin({
    name: "DefaultBinder",
    async bind({ pod }, node, { signal }) {
      const { name = "", namespace = "", uid } = pod.metadata;
      const binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, namespace, ...(uid ? { uid } : {}) },
        target: { kind: "Node", name: node.name },
      };
      try {
        await client.pods.subresource("POST", { namespace, name }, "binding", binding, { signal });
        return ok;
      } catch (error) {
        return failed(error);
      }
    },
  });
