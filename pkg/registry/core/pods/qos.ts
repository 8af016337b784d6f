import type { Container, Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";

const counted = ["cpu", "memory"] as const;

/** Guaranteed: every container limits CPU and memory and asks for just that. BestEffort: nobody asks for any. */
export function qosClassOf({ spec }: Readonly<Pod>): "Guaranteed" | "Burstable" | "BestEffort" {
  const atPodLevel = spec.resources ? [{ name: "", resources: spec.resources } as Container] : [];
  const containers = atPodLevel.length > 0 ? atPodLevel : [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const name of counted) {
      const limit = positive(resources?.limits?.[name]);
      const request = positive(resources?.requests?.[name]);
      if (limit || request) any = true;
      if (!limit || !request || parseQuantity(limit).compare(parseQuantity(request)) !== 0) guaranteed = false;
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

function positive(text: string | undefined): string | undefined {
  return text !== undefined && parseQuantity(text).sign > 0 ? text : undefined;
}
