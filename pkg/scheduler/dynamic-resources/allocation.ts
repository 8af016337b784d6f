/** What is written into a claim that got devices. Pure. */
import type { NodeSelector, NodeSelectorRequirement } from "#api/types/core/v1";
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
} from "#api/types/resource.k8s.io/v1";
import type { ClaimPicks, Pick } from "./search.ts";
import type { Claim, Wish } from "./wishes.ts";

export function allocationOf(claim: Claim, { picks, taken }: ClaimPicks): AllocationResult {
  const config = [...classConfiguration(taken), ...claimConfiguration(claim, taken)];
  const nodeSelector = nodeSelectorOf(picks);
  return {
    devices: { results: picks.map(resultOf), ...(config.length > 0 ? { config } : {}) },
    ...(nodeSelector ? { nodeSelector } : {}),
  };
}

const resultOf = ({ wish, candidate }: Pick): DeviceRequestAllocationResult => ({
  request: wish.name,
  driver: candidate.driver,
  pool: candidate.pool,
  device: candidate.device.name,
  ...(wish.adminAccess ? { adminAccess: true } : {}),
});

/** Each class once, with all requests that are of it. */
function classConfiguration(taken: readonly Wish[]): DeviceAllocationConfiguration[] {
  const byClass = Map.groupBy(taken, ({ deviceClass }) => deviceClass.metadata.name);
  return [...byClass.values()].flatMap((wishes) => {
    const requests = wishes.map(({ name }) => name);
    const configs = wishes[0]?.deviceClass.spec?.config ?? [];
    return configs.map((config): DeviceAllocationConfiguration => ({ source: "FromClass", requests, ...config }));
  });
}

/** Only what concerns a request, or the alternative that was taken of it. */
function claimConfiguration({ spec }: Claim, taken: readonly Wish[]): DeviceAllocationConfiguration[] {
  return (spec.devices?.config ?? [])
    .filter(({ requests = [] }) => {
      const concerns = ({ request, name }: Wish) => requests.includes(request) || requests.includes(name);
      return requests.length === 0 || taken.some(concerns);
    })
    .map((config) => ({ source: "FromClaim", ...config }));
}

/** Undefined when the devices can be used everywhere. */
function nodeSelectorOf(picks: readonly Pick[]): NodeSelector | undefined {
  const matchFields: NodeSelectorRequirement[] = [];
  const matchExpressions: NodeSelectorRequirement[] = [];
  for (const { candidate } of picks) {
    const { nodeName, nodeSelector } = candidate.slice.spec;
    if (nodeName !== undefined) {
      const onNode = { key: "metadata.name", operator: "In", values: [nodeName] } as const;
      return { nodeSelectorTerms: [{ matchFields: [{ ...onNode, values: [nodeName] }] }] };
    }
    // A slice's selector has one term.
    const [term] = nodeSelector?.nodeSelectorTerms ?? [];
    addNew(matchFields, term?.matchFields);
    addNew(matchExpressions, term?.matchExpressions);
  }
  if (matchFields.length === 0 && matchExpressions.length === 0) return undefined;
  return {
    nodeSelectorTerms: [
      {
        ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
        ...(matchFields.length > 0 ? { matchFields } : {}),
      },
    ],
  };
}

const identityOf = ({ key, operator, values = [] }: NodeSelectorRequirement): string =>
  JSON.stringify([key, operator, [...new Set(values)].sort()]);

function addNew(into: NodeSelectorRequirement[], from: readonly NodeSelectorRequirement[] | undefined): void {
  const known = new Set(into.map(identityOf));
  for (const requirement of from ?? []) {
    if (!known.has(identityOf(requirement))) into.push(requirement);
  }
}
