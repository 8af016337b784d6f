/** The rules of Services: https://kubernetes.io/docs/concepts/services-networking/service/ */
import type { Service, ServicePort, ServiceSpec } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { addressRange, ipAddress, ordinaryAddress } from "../../shared/addresses.ts";
import { each, type Findings, oneOf, requiredOneOf, say } from "../../shared/findings.ts";
import { labelMap } from "../../shared/label-selector.ts";
import { dnsLabel, dnsSubdomain, portNumberErrors, portNumberOrName } from "../../shared/name-forms.ts";
import { isExternal } from "./defaults.ts";
import { clusterAddresses } from "./validate-addresses.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const protocols = ["SCTP", "TCP", "UDP"];
const affinitySecondsMax = 86_400;
const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";
const onlyHealthChecked = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";

const isHeadless = ({ clusterIPs }: ServiceSpec): boolean => clusterIPs?.[0] === "None";

/** `old`: the Service before, on update; values that it has may break newer rules. */
export const validateService = (service: Readonly<Service>, old?: Readonly<Service>): FieldError[] => [
  ...topologyAnnotations(service.metadata.annotations ?? {}),
  ...serviceSpec(service, old),
];

const hintsKey = "service.kubernetes.io/topology-aware-hints";
const modeKey = "service.kubernetes.io/topology-mode";

function* topologyAnnotations(annotations: Readonly<Record<string, string>>): Findings {
  if (!Object.hasOwn(annotations, hintsKey) || !Object.hasOwn(annotations, modeKey)) return;
  if (annotations[hintsKey] === annotations[modeKey]) return;
  const text = `must match annotations[${hintsKey}] when both are specified`;
  yield invalid(`metadata.annotations[${modeKey}]`, annotations[modeKey], text);
}

function* serviceSpec(service: Readonly<Service>, old: Readonly<Service> | undefined): Findings {
  const { spec } = service;
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== "ExternalName") yield required("spec.ports");
  yield* rulesOfType(spec);
  yield* servicePorts(spec);
  if (spec.selector) yield* labelMap("spec.selector", spec.selector);
  yield* affinity(spec);
  yield* clusterAddresses(spec, old?.spec.clusterIPs);
  yield* each("spec.externalIPs", spec.externalIPs, (path, ip) =>
    externalAddress(path, ip, old?.spec.externalIPs ?? []),
  );
  yield* requiredOneOf("spec.type", spec.type, types);
  yield* portConflicts(spec);
  yield* sourceRanges(service, old);
  yield* loadBalancer(spec);
  yield* trafficPolicyErrors(spec);
}

function* externalAddress(path: string, ip: string, before: readonly string[]): Findings {
  const wrong = before.includes(ip) ? [] : [...ipAddress(path, ip)];
  if (wrong.length > 0) yield* wrong;
  else yield* ordinaryAddress(path, ip);
}

function* rulesOfType(spec: ServiceSpec): Findings {
  const none = "spec.clusterIPs[0]";
  if (spec.type === "LoadBalancer") {
    if (isHeadless(spec)) yield invalid(none, "None", "may not be set to 'None' for LoadBalancer services");
  } else if (spec.type === "NodePort") {
    if (isHeadless(spec)) yield invalid(none, "None", "may not be set to 'None' for NodePort services");
  } else if (spec.type === "ExternalName") yield* externalName(spec);
}

function* externalName(spec: ServiceSpec): Findings {
  const unset = "may not be set for ExternalName services";
  if (spec.clusterIPs?.length) yield forbidden("spec.clusterIPs", unset);
  if (spec.ipFamilies?.length) yield forbidden("spec.ipFamilies", unset);
  if (spec.ipFamilyPolicy !== undefined) yield forbidden("spec.ipFamilyPolicy", unset);
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") yield required("spec.externalName");
  else yield* dnsSubdomain("spec.externalName", name);
}

function* servicePorts({ ports = [] }: ServiceSpec): Findings {
  const names = new Set<string>();
  for (const [at, port] of ports.entries()) {
    const path = `spec.ports[${at}]`;
    const { name } = port;
    if (name) {
      yield* dnsLabel(`${path}.name`, name);
      if (names.has(name)) yield duplicate(`${path}.name`, name);
      names.add(name);
    } else if (ports.length > 1) yield required(`${path}.name`);
    yield* say(`${path}.port`, port.port ?? 0, portNumberErrors(port.port ?? 0));
    yield* requiredOneOf(`${path}.protocol`, port.protocol, protocols);
    yield* portNumberOrName(`${path}.targetPort`, port.targetPort);
    if (port.appProtocol !== undefined)
      yield* say(`${path}.appProtocol`, port.appProtocol, labelKeyErrors(port.appProtocol));
  }
}

function* affinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): Findings {
  yield* requiredOneOf("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"]);
  const path = "spec.sessionAffinityConfig";
  if (sessionAffinity === "ClientIP") {
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (!sessionAffinityConfig) yield required(path, "when session affinity type is ClientIP");
    else if (!sessionAffinityConfig.clientIP)
      yield required(`${path}.clientIP`, "when session affinity type is ClientIP");
    else if (seconds === undefined)
      yield required(`${path}.clientIP.timeoutSeconds`, "when session affinity type is ClientIP");
    else if (seconds <= 0 || seconds > affinitySecondsMax) {
      const text = `must be greater than 0 and less than ${affinitySecondsMax}`;
      yield invalid(`${path}.clientIP.timeoutSeconds`, seconds, text);
    }
  } else if (sessionAffinity === "None" && sessionAffinityConfig) {
    yield forbidden(path, "must not be set when session affinity is None");
  }
}

function* portConflicts({ type, ports = [] }: ServiceSpec): Findings {
  if (type === "ClusterIP") {
    for (const [at, { nodePort }] of ports.entries()) {
      if (nodePort) yield forbidden(`spec.ports[${at}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    }
  }
  const nodePorts = new Set<string>();
  for (const [at, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    if (nodePorts.has(`${protocol}/${nodePort}`)) yield duplicate(`spec.ports[${at}].nodePort`, nodePort);
    nodePorts.add(`${protocol}/${nodePort}`);
  }
  const seen = new Set<string>();
  for (const [at, port] of ports.entries()) {
    const key = `${port.protocol}/${port.port}`;
    if (seen.has(key)) yield duplicate(`spec.ports[${at}]`, printedPort(port));
    seen.add(key);
  }
}

/** As upstream prints what two ports have in common. */
const printedPort = ({ protocol, port }: ServicePort): object => ({
  Name: "",
  Protocol: protocol ?? "",
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});

const rangesKey = "service.beta.kubernetes.io/load-balancer-source-ranges";

/** In a field, or in an annotation that came before it. */
function* sourceRanges({ metadata, spec }: Readonly<Service>, old: Readonly<Service> | undefined): Findings {
  const { type, loadBalancerSourceRanges: ranges = [] } = spec;
  const annotations = metadata.annotations ?? {};
  if (ranges.length > 0) {
    const path = "spec.LoadBalancerSourceRanges";
    if (type !== "LoadBalancer") yield forbidden(path, onlyLoadBalancer);
    const before = new Set((old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()));
    yield* each(path, ranges, (here, range) => newRange(here, (range ?? "").trim(), before));
  } else if (Object.hasOwn(annotations, rangesKey)) {
    const path = `metadata.annotations[${rangesKey}]`;
    const value = annotations[rangesKey] ?? "";
    if (type !== "LoadBalancer") yield forbidden(path, onlyLoadBalancer);
    if (value.trim() === "" || old?.metadata.annotations?.[rangesKey] === value) return;
    for (const range of value.split(",")) yield* addressRange(path, range.trim());
  }
}

function* newRange(path: string, range: string, before: ReadonlySet<string>): Findings {
  if (!before.has(range)) yield* addressRange(path, range);
}

function* loadBalancer(spec: ServiceSpec): Findings {
  const isBalanced = spec.type === "LoadBalancer";
  const allocates = spec.allocateLoadBalancerNodePorts;
  if (allocates !== undefined && !isBalanced) yield forbidden("spec.allocateLoadBalancerNodePorts", onlyLoadBalancer);
  if (allocates === undefined && isBalanced) yield required("allocateLoadBalancerNodePorts");
  yield* balancerClass(spec);
}

/** Who is to implement a load balancer. */
export function* balancerClass({ type, loadBalancerClass: name }: ServiceSpec): Findings {
  if (name === undefined) return;
  const path = "spec.loadBalancerClass";
  if (type !== "LoadBalancer") yield forbidden(path, onlyLoadBalancer);
  else yield* say(path, name, labelKeyErrors(name));
}

export const trafficPolicies: readonly string[] = ["Cluster", "Local"];

function* trafficPolicyErrors(spec: ServiceSpec): Findings {
  const { externalTrafficPolicy: external, healthCheckNodePort: health, internalTrafficPolicy: internal } = spec;
  if (isExternal(spec)) yield* requiredOneOf("spec.externalTrafficPolicy", external, trafficPolicies);
  else if (external) {
    yield invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services");
  }
  const needsHealth = spec.type === "LoadBalancer" && external === "Local";
  if (health && !needsHealth) yield invalid("spec.healthCheckNodePort", health, onlyHealthChecked);
  else if (!health && needsHealth) yield required("spec.healthCheckNodePort");
  else if (health) yield* say("spec.healthCheckNodePort", health, portNumberErrors(health));
  if (internal !== undefined) yield* oneOf("spec.internalTrafficPolicy", internal, trafficPolicies);
  else if (spec.type !== "ExternalName" && types.includes(spec.type ?? ""))
    yield required("spec.internalTrafficPolicy");
  if (spec.trafficDistribution !== undefined) {
    const known = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if (!known.includes(spec.trafficDistribution))
      yield notSupported("spec.trafficDistribution", spec.trafficDistribution, known);
  }
}
