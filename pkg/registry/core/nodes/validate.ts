/** The rules of Nodes: https://kubernetes.io/docs/concepts/architecture/nodes/ */
import type { Node, NodeAddress, NodeSpec, NodeStatus } from "#api/types/core/v1";
import { duplicate, type FieldError, forbidden, internal, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { addressRange, familyOfRange } from "../../shared/addresses.ts";
import { aboveZero, each, entriesOf, type Findings } from "../../shared/findings.ts";
import { resourceQuantity } from "../../shared/resource-names.ts";
import { nodeAnnotations } from "./annotations.ts";
import { configSource, configStatus } from "./config-source.ts";
import { nodeTaints } from "./taints.ts";

/** Taints are reported below metadata: they were annotations once. */
const taintsPath = "metadata.taints";

/** Holds on create and, together with `validateNodeUpdate`, on update. */
export const validateNode = ({ metadata, spec, status }: Readonly<Node>): FieldError[] => [
  ...nodeAnnotations("metadata.annotations", metadata.annotations),
  ...nodeTaints(taintsPath, spec.taints),
  ...resources(status),
  ...swap("metadata.nodeSwapStatus", status),
  ...declaredFeatures("status.declaredFeatures", status?.declaredFeatures ?? []),
  ...podRanges("spec.podCIDRs", spec),
];

export const validateNodeUpdate = (next: Readonly<Node>, old: Readonly<Node>): FieldError[] => [
  ...nodeAnnotations("metadata.annotations", next.metadata.annotations),
  ...resources(next.status),
  ...declaredFeatures("status.declaredFeatures", next.status?.declaredFeatures ?? []),
  ...distinctAddresses("status.addresses", next.status?.addresses ?? []),
  ...rangesKept("spec.podCIDRs", next.spec, old.spec),
  ...providerKept("spec.providerID", next.spec, old.spec),
  ...configSource("spec.configSource", next.spec.configSource),
  ...configStatus("status.config", next.status?.config),
  ...nodeTaints(taintsPath, next.spec.taints),
  ...externalKept("spec.externalID", next.spec, old.spec),
];

function* resources(status: NodeStatus | undefined): Findings {
  for (const list of ["capacity", "allocatable"] as const) {
    for (const [name, amount] of entriesOf(status?.[list])) {
      yield* resourceQuantity(`status.${list}.${name}`, name, amount);
    }
  }
}

function* swap(path: string, status: NodeStatus | undefined): Findings {
  const capacity = status?.nodeInfo?.swap?.capacity;
  if (capacity !== undefined) yield* aboveZero(`${path}.capacity`, capacity);
}

const featureLengthMax = 253;
const featurePattern = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;

/** What a kubelet says that it can do: sorted names without repetition. */
function* declaredFeatures(path: string, features: readonly string[]): Findings {
  for (const [at, feature] of features.entries()) {
    const before = features[at - 1];
    if (before === feature) yield duplicate(`${path}[${at}]`, feature);
    else if (before !== undefined && before > feature) {
      yield invalid(`${path}[${at}]`, feature, "list must be sorted alphabetically");
    }
    const wrong = featureProblem(feature);
    if (wrong) yield invalid(`${path}[${at}]`, feature, `invalid feature name ${JSON.stringify(feature)}: ${wrong}`);
  }
}

function featureProblem(name: string): string | undefined {
  if (name.length > featureLengthMax) return `must be no more than ${featureLengthMax} characters`;
  if (featurePattern.test(name)) return undefined;
  return "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
}

/** One range, or two of different families. */
function* podRanges(path: string, { podCIDRs = [] }: NodeSpec): Findings {
  yield* each(path, podCIDRs, addressRange);
  if (podCIDRs.length < 2) return;
  const wrong = podCIDRs.findIndex((range) => familyOfRange(range) === 0);
  if (wrong >= 0) yield internal(path, unreadable(wrong, podCIDRs[wrong] ?? ""));
  const families = new Set(podCIDRs.map(familyOfRange));
  if (wrong >= 0 || families.size < 2 || podCIDRs.length > 2) {
    yield invalid(path, podCIDRs, "may specify no more than one CIDR for each IP family");
  }
}

/** As Go says it. */
const unreadable = (at: number, range: string): string =>
  `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${at}]: <nil> (invalid CIDR address: ${range})`;

function* distinctAddresses(path: string, addresses: readonly NodeAddress[]): Findings {
  const seen = new Set<string>();
  for (const [at, { type = "", address = "" }] of (addresses as readonly Partial<NodeAddress>[]).entries()) {
    const identity = JSON.stringify([type, address]);
    if (seen.has(identity)) yield duplicate(`${path}[${at}]`, { Type: type, Address: address });
    seen.add(identity);
  }
}

function* rangesKept(path: string, { podCIDRs: next = [] }: NodeSpec, { podCIDRs: old = [] }: NodeSpec): Findings {
  if (old.length === 0) return;
  const changed = old.length === next.length ? old.filter((range, at) => range !== next[at]).length : 1;
  for (let n = 0; n < changed; n++) {
    yield forbidden(path, 'node updates may not change podCIDR except from "" to valid');
  }
}

function* providerKept(path: string, { providerID: next }: NodeSpec, { providerID: old }: NodeSpec): Findings {
  if (old && old !== next) yield forbidden(path, 'node updates may not change providerID except from "" to valid');
}

function* externalKept(
  path: string,
  { externalID: next = "" }: NodeSpec,
  { externalID: old = "" }: NodeSpec,
): Findings {
  if (next !== old) yield forbidden(path, "may not be updated");
}
