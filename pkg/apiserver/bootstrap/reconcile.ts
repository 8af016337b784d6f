/** How an existing bootstrap object is completed without undoing what administrators added. Pure. */
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { reviseFlowObject } from "./revise-flow-object.ts";

const rbacAutoupdate = "rbac.authorization.kubernetes.io/autoupdate";

interface Mergeable extends KubeObject {
  rules?: unknown[];
  subjects?: unknown[];
}

/** Undefined: leave the object as it is. */
export function reconcileObject(
  plural: string,
  current: Readonly<KubeObject>,
  wanted: KubeObject,
): KubeObject | undefined {
  const annotations = current.metadata.annotations ?? {};
  switch (plural) {
    case "clusterroles":
    case "roles":
      if (annotations[rbacAutoupdate] === "false") return undefined;
      return merge(current, wanted, "rules");
    case "clusterrolebindings":
    case "rolebindings":
      if (annotations[rbacAutoupdate] === "false") return undefined;
      return merge(current, wanted, "subjects");
    case "flowschemas":
    case "prioritylevelconfigurations":
      return reviseFlowObject(current, wanted);
    default:
      return undefined;
  }
}

/** Adds the rules or subjects that are missing, and the labels and annotations. Aggregated roles get rules from elsewhere. */
function merge(current: Readonly<KubeObject>, wanted: KubeObject, list: "rules" | "subjects"): KubeObject {
  const next = cloneJson(current) as Mergeable;
  const present = next[list] ?? [];
  const missing = ((wanted as Mergeable)[list] ?? []).filter((item) => !present.some((p) => sameJson(p, item)));
  if (missing.length > 0 && !("aggregationRule" in wanted)) next[list] = [...present, ...cloneJson(missing)];
  next.metadata.labels = { ...next.metadata.labels, ...wanted.metadata.labels };
  next.metadata.annotations = { ...wanted.metadata.annotations, ...next.metadata.annotations };
  return next;
}
