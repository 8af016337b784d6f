/** The rules of NetworkPolicies: https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "#api/types/networking.k8s.io/v1";
import { containsAddress, readRange } from "#pkg/apimachinery/net/range.ts";
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, oneOf, say } from "../../shared/findings.ts";
import { labelSelector } from "../../shared/label-selector.ts";
import { portNameErrors, portNumberErrors } from "../../shared/name-forms.ts";
import { lenientRange, rangeWarnings } from "../../shared/strict-addresses.ts";

/** What was stored before may stay as it is. */
interface Leniency {
  readonly ranges: ReadonlySet<string>;
  readonly anyValues: boolean;
}

const strict: Leniency = { ranges: new Set(), anyValues: false };

export const validateNewNetworkPolicy = ({ spec }: Readonly<NetworkPolicy>): FieldError[] => [
  ...policySpec("spec", spec ?? {}, strict),
];

/** Upstream looks at the spec twice; only the second time it knows the ranges that were there before. */
export function validateNetworkPolicyUpdate(
  { spec = {} }: Readonly<NetworkPolicy>,
  old: Readonly<NetworkPolicy>,
): FieldError[] {
  const anyValues = [...labelSelector("", old.spec?.podSelector)].length > 0;
  const ranges = new Set(blocksOf(old.spec ?? {}).flatMap(({ block }) => [block.cidr, ...(block.except ?? [])]));
  return [...policySpec("spec", spec, { ...strict, anyValues }), ...policySpec("spec", spec, { ranges, anyValues })];
}

function* policySpec(path: string, spec: NetworkPolicySpec, leniency: Leniency): Findings {
  yield* labelSelector(`${path}.podSelector`, spec.podSelector, leniency);
  yield* each(`${path}.ingress`, spec.ingress, function* (here, rule) {
    yield* each(`${here}.ports`, rule?.ports, policyPort);
    yield* each(`${here}.from`, rule?.from, (at, peer) => policyPeer(at, peer ?? {}, leniency));
  });
  yield* each(`${path}.egress`, spec.egress, function* (here, rule) {
    yield* each(`${here}.ports`, rule?.ports, policyPort);
    yield* each(`${here}.to`, rule?.to, (at, peer) => policyPeer(at, peer ?? {}, leniency));
  });
  const types = spec.policyTypes ?? [];
  if (types.length > 2) yield invalid(`${path}.policyTypes`, types, "may not specify more than two policyTypes");
  else yield* each(`${path}.policyTypes`, types, (here, type) => oneOf(here, type, ["Ingress", "Egress"]));
}

function* policyPort(path: string, of: NetworkPolicyPort): Findings {
  const { protocol, port, endPort } = of ?? {};
  if (protocol !== undefined) yield* oneOf(`${path}.protocol`, protocol, ["TCP", "UDP", "SCTP"]);
  const here = `${path}.endPort`;
  if (typeof port === "number") {
    yield* say(`${path}.port`, port, portNumberErrors(port));
    if (endPort === undefined) return;
    // The port is shown, not the end of its range.
    if (endPort < port) yield invalid(here, port, "must be greater than or equal to `port`");
    yield* say(here, endPort, portNumberErrors(endPort));
  } else if (port !== undefined) {
    if (endPort !== undefined) yield invalid(here, endPort, "may not be specified when `port` is non-numeric");
    yield* say(`${path}.port`, port, portNameErrors(port));
  } else if (endPort !== undefined) yield invalid(here, endPort, "may not be specified when `port` is not specified");
}

function* policyPeer(path: string, peer: NetworkPolicyPeer, leniency: Leniency): Findings {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  yield* labelSelector(`${path}.podSelector`, podSelector, leniency);
  yield* labelSelector(`${path}.namespaceSelector`, namespaceSelector, leniency);
  if (ipBlock) yield* addressBlock(`${path}.ipBlock`, ipBlock, leniency);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && !ipBlock) yield required(path, "must specify a peer");
  else if (selects && ipBlock) yield forbidden(path, "may not specify both ipBlock and another peer");
}

function* addressBlock(path: string, { cidr, except }: IPBlock, { ranges }: Leniency): Findings {
  if (!cidr) {
    yield required(`${path}.cidr`);
    return;
  }
  yield* lenientRange(`${path}.cidr`, cidr, ranges);
  const outer = readRange(cidr);
  if (!outer) return;
  yield* each(`${path}.except`, except, function* (here, text) {
    yield* lenientRange(here, text ?? "", ranges);
    const inner = readRange(text ?? "");
    if (!inner) return;
    if (!containsAddress(outer, { family: inner.family, value: inner.base }) || outer.bits >= inner.bits) {
      yield invalid(here, text, "must be a strict subset of `cidr`");
    }
  });
}

interface PlacedBlock {
  readonly path: string;
  readonly block: IPBlock;
}

function blocksOf(spec: NetworkPolicySpec): PlacedBlock[] {
  const of = (path: string, peers: readonly NetworkPolicyPeer[] | undefined): PlacedBlock[] =>
    (peers ?? []).flatMap((peer, at) =>
      peer?.ipBlock ? [{ path: `${path}[${at}].ipBlock`, block: peer.ipBlock }] : [],
    );
  return [
    ...(spec.ingress ?? []).flatMap((rule, at) => of(`spec.ingress[${at}].from`, rule?.from)),
    ...(spec.egress ?? []).flatMap((rule, at) => of(`spec.egress[${at}].to`, rule?.to)),
  ];
}

/** About ranges that could be understood in two ways. */
export const networkPolicyWarnings = ({ spec }: Readonly<NetworkPolicy>): string[] =>
  blocksOf(spec ?? {}).flatMap(({ path, block }) => [
    ...rangeWarnings(`${path}.cidr`, block.cidr),
    ...(block.except ?? []).flatMap((text, at) => rangeWarnings(`${path}.except[${at}]`, text)),
  ]);
