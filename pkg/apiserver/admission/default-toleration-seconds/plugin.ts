/** Pods bear an unreachable or unready node for five minutes, unless they say otherwise. */
import type { Pod, Toleration } from "#api/types/core/v1";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
const seconds = 300;

export const defaultTolerationSeconds: AdmissionPluginFactory = () => ({
  name: "DefaultTolerationSeconds",
  handles: (request) =>
    (request.operation === "CREATE" || request.operation === "UPDATE") && isResource(request, "", "pods"),
  admit({ object }) {
    const { spec } = object as Pod;
    if (!spec) return;
    for (const key of keys) {
      if (spec.tolerations?.some((t) => bears(t, key))) continue;
      const toleration: Toleration = { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: seconds };
      spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
});

function bears(toleration: Toleration, key: string): boolean {
  const keyMatches = toleration.key === key || !toleration.key;
  return keyMatches && (toleration.effect === "NoExecute" || !toleration.effect);
}
