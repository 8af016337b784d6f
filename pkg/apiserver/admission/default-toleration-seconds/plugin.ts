/** Pods bear an unreachable or unready node for five minutes, unless they say otherwise. */
import type { Pod, PodSpec, Toleration } from "#api/types/core/v1";
import { isUnread, jsonTextOf } from "#pkg/apimachinery/codec/index.ts";
import { shallowCopy } from "#pkg/apimachinery/emptied.ts";
import { KnownClean } from "#pkg/registry/shared/known-clean.ts";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
const seconds = 300;

export const defaultTolerationSeconds: AdmissionPluginFactory = () => ({
  name: "DefaultTolerationSeconds",
  handles: (request) =>
    (request.operation === "CREATE" || request.operation === "UPDATE") && isResource(request, "", "pods"),
  admit({ object }) {
    const pod = object as Pod;
    if (!pod.spec) return;
    const missing = missingFrom(pod.spec);
    if (missing.length === 0) return;
    const added = missing.map((key): Toleration => {
      return { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: seconds };
    });
    // The spec may be the old object's own.
    pod.spec = shallowCopy(pod.spec);
    pod.spec.tolerations = [...(pod.spec.tolerations ?? []), ...added];
  },
});

const settled = new KnownClean();

function missingFrom(spec: PodSpec): readonly string[] {
  const look = ({ tolerations = [] }: PodSpec): readonly string[] =>
    keys.filter((key) => !tolerations.some((toleration) => bears(toleration, key)));
  return isUnread(spec) ? settled.findings(jsonTextOf(spec), () => look(spec)) : look(spec);
}

function bears(toleration: Toleration, key: string): boolean {
  const keyMatches = toleration.key === key || !toleration.key;
  return keyMatches && (toleration.effect === "NoExecute" || !toleration.effect);
}
