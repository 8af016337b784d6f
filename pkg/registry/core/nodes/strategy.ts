import type { Node, NodeSpec } from "#api/types/core/v1";
import { rangeWarnings } from "../../shared/addresses.ts";
import type { Strategy } from "../../strategy.ts";
import { validateNode, validateNodeUpdate } from "./validate.ts";

export const nodes: Strategy<Node> = {
  storagePrefix: "minions",
  sharesUntouched: true,
  applyDefaults({ spec, status }) {
    pairRanges(spec);
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  prepareForCreate({ spec, status }) {
    delete spec.configSource;
    delete status?.config;
    delete status?.declaredFeatures;
  },
  prepareForUpdate({ spec }, old) {
    if (!old.spec.configSource) delete spec.configSource;
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warningsOnCreate: fieldsToWarnOf,
  warningsOnUpdate: fieldsToWarnOf,
  fields: { "spec.unschedulable": (node) => String(node.spec.unschedulable ?? false) },
  subresources: {
    status: {
      prepareForUpdate({ status }, old) {
        if (!old.status?.config) delete status?.config;
      },
      validateUpdate: validateNodeUpdate,
    },
  },
};

/** The one range is the first of the several; where they differ, the one counts. */
function pairRanges(spec: NodeSpec): void {
  const { podCIDR, podCIDRs } = spec;
  if (podCIDR && podCIDRs?.[0] !== podCIDR) spec.podCIDRs = [podCIDR];
  else if (!podCIDR && podCIDRs?.[0]) spec.podCIDR = podCIDRs[0];
}

function fieldsToWarnOf({ spec }: Readonly<Node>): string[] {
  const warnings: string[] = [];
  if (spec.configSource) warnings.push("spec.configSource: the feature is removed");
  if (spec.externalID) warnings.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
  const ranges = (spec.podCIDRs ?? []).flatMap((range, at) => rangeWarnings(`spec.podCIDRs[${at}]`, range));
  return [...warnings, ...ranges];
}
