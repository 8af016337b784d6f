/** The nftables form of Services: chains and map elements, as data. Pure. */
import { createHash } from "node:crypto";
import type { Backend, ServicePortState } from "../tracker.ts";

export const table = "ip kube-proxy";

/** Chains by name with their rules, and elements of the maps by name and key. */
export interface RuleSet {
  readonly chains: Map<string, readonly string[]>;
  /** Sets that remember clients, with the seconds they do. */
  readonly affinitySets: Map<string, number>;
  readonly elements: Record<MapName, Map<string, string>>;
}

export type MapName = "service-ips" | "service-nodeports" | "no-endpoint-services" | "no-endpoint-nodeports";
export const mapNames: readonly MapName[] = [
  "service-ips",
  "service-nodeports",
  "no-endpoint-services",
  "no-endpoint-nodeports",
];

export const emptyRuleSet = (): RuleSet => ({
  chains: new Map(),
  affinitySets: new Map(),
  elements: {
    "service-ips": new Map(),
    "service-nodeports": new Map(),
    "no-endpoint-services": new Map(),
    "no-endpoint-nodeports": new Map(),
  },
});

const masqueradeMark = "0x4000";

/** What stands in the table whatever Services there are. */
export function baseRules(): string[] {
  const byAddress = "type ipv4_addr . inet_proto . inet_service : verdict";
  const byPort = "type inet_proto . inet_service : verdict";
  const rule = (chain: string, text: string) => `add rule ${table} ${chain} ${text}`;
  const reject = (chain: string) => [
    rule(chain, "ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services"),
    rule(chain, "ct state new fib daddr type local meta l4proto . th dport vmap @no-endpoint-nodeports"),
  ];
  return [
    `add map ${table} service-ips { ${byAddress} ; }`,
    `add map ${table} service-nodeports { ${byPort} ; }`,
    `add map ${table} no-endpoint-services { ${byAddress} ; }`,
    `add map ${table} no-endpoint-nodeports { ${byPort} ; }`,
    ...["services", "mark-for-masquerade", "reject-chain"].map((chain) => `add chain ${table} ${chain}`),
    `add chain ${table} nat-prerouting { type nat hook prerouting priority dstnat ; }`,
    `add chain ${table} nat-output { type nat hook output priority -100 ; }`,
    `add chain ${table} nat-postrouting { type nat hook postrouting priority srcnat ; }`,
    `add chain ${table} filter-input { type filter hook input priority 0 ; }`,
    `add chain ${table} filter-forward { type filter hook forward priority 0 ; }`,
    `add chain ${table} filter-output { type filter hook output priority 0 ; }`,
    rule("mark-for-masquerade", `meta mark set meta mark or ${masqueradeMark}`),
    rule("reject-chain", "meta l4proto tcp reject with tcp reset"),
    rule("reject-chain", "reject"),
    rule("services", "ip daddr . meta l4proto . th dport vmap @service-ips"),
    rule("services", "ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport vmap @service-nodeports"),
    rule("nat-prerouting", "jump services"),
    rule("nat-output", "jump services"),
    rule(
      "nat-postrouting",
      `meta mark & ${masqueradeMark} == ${masqueradeMark} meta mark set meta mark xor ${masqueradeMark} masquerade fully-random`,
    ),
    ...reject("filter-input"),
    ...reject("filter-forward"),
    ...reject("filter-output"),
  ];
}

/** Chain names have a length limit; keys do not. */
const hashed = (kind: string, key: string) => `${kind}-${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;

export interface RuleOptions {
  /** Sources outside of it are masqueraded, so that answers come back this way; undefined: nothing is. */
  readonly clusterCidr: string | undefined;
}

/** Adds the rules of one Service port. */
export function addServicePort(into: RuleSet, state: ServicePortState, options: RuleOptions): void {
  const { protocol, port } = state;
  const byAddress = (ip: string) => `${ip} . ${protocol} . ${port}`;
  const internal = state.internal.length > 0 ? internalChain(into, state, options) : undefined;
  const isExternal = state.nodePort !== 0 || state.externalIps.length > 0;
  const external = isExternal && state.external.length > 0 ? externalChain(into, state) : undefined;
  for (const ip of state.clusterIps) {
    if (internal) into.elements["service-ips"].set(byAddress(ip), `goto ${internal}`);
    else into.elements["no-endpoint-services"].set(byAddress(ip), "goto reject-chain");
  }
  for (const ip of state.externalIps) {
    if (external) into.elements["service-ips"].set(byAddress(ip), `goto ${external}`);
    else into.elements["no-endpoint-services"].set(byAddress(ip), state.externalLocal ? "drop" : "goto reject-chain");
  }
  if (state.nodePort === 0) return;
  const byPort = `${protocol} . ${state.nodePort}`;
  if (external) into.elements["service-nodeports"].set(byPort, `goto ${external}`);
  else into.elements["no-endpoint-nodeports"].set(byPort, state.externalLocal ? "drop" : "goto reject-chain");
}

function internalChain(into: RuleSet, state: ServicePortState, { clusterCidr }: RuleOptions): string {
  const name = hashed("service", state.key);
  const outside = clusterCidr ? [`ip saddr != ${clusterCidr} jump mark-for-masquerade`] : [];
  into.chains.set(name, [...outside, ...choices(into, state, state.internal)]);
  return name;
}

function externalChain(into: RuleSet, state: ServicePortState): string {
  const name = hashed("external", state.key);
  const ranges = state.sourceRanges.length > 0 ? [`ip saddr != { ${state.sourceRanges.join(", ")} } drop`] : [];
  const masquerade = state.externalLocal ? [] : ["jump mark-for-masquerade"];
  into.chains.set(name, [...ranges, ...masquerade, ...choices(into, state, state.external)]);
  return name;
}

/** First the endpoint that this client had, then any one at random. */
function choices(into: RuleSet, state: ServicePortState, backends: readonly Backend[]): string[] {
  const endpoints = backends.map((backend) => endpointChain(into, state, backend));
  const sticky = state.affinitySeconds > 0 ? endpoints.map((e) => `ip saddr @${affinitySet(e)} goto ${e}`) : [];
  const verdicts = endpoints.map((endpoint, at) => `${at} : goto ${endpoint}`).join(", ");
  return [...sticky, `numgen random mod ${endpoints.length} vmap { ${verdicts} }`];
}

const affinitySet = (endpoint: string) => endpoint.replace("endpoint-", "affinity-");

function endpointChain(into: RuleSet, state: ServicePortState, { address, port }: Backend): string {
  const name = hashed("endpoint", `${state.key} ${address}:${port}`);
  const rules = [`ip saddr ${address} jump mark-for-masquerade`];
  if (state.affinitySeconds > 0) {
    into.affinitySets.set(affinitySet(name), state.affinitySeconds);
    rules.push(`update @${affinitySet(name)} { ip saddr }`);
  }
  rules.push(`meta l4proto ${state.protocol} dnat to ${address}:${port}`);
  into.chains.set(name, rules);
  return name;
}
