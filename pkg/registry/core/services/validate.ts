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
import { addressRange, familyOf, ipAddress, ordinaryAddress } from "../../shared/addresses.ts";
import { type Findings, oneOf, requiredOneOf, say } from "../../shared/findings.ts";
import { labelMap } from "../../shared/label-selector.ts";
import { dnsLabel, dnsSubdomain, portNumberErrors, portNumberOrName } from "../../shared/name-forms.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const protocols = ["SCTP", "TCP", "UDP"];
const kubeletPort = 10_250;
const affinitySecondsMax = 86_400;
const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";
const onlyHealthChecked = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";

const isHeadless = ({ clusterIPs }: ServiceSpec): boolean => clusterIPs?.[0] === "None";
const isExternal = ({ type, externalIPs }: ServiceSpec): boolean =>
  type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && (externalIPs?.length ?? 0) > 0);

/** Addresses come first: with wrong ones nothing could be allocated, and nothing else is said. */
export function validateService({ spec }: Readonly<Service>): FieldError[] {
  const wrong = [...clusterAddresses(spec)];
  return wrong.length > 0 ? wrong : [...serviceSpec(spec)];
}

function* serviceSpec(spec: ServiceSpec): Findings {
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== "ExternalName") yield required("spec.ports");
  yield* rulesOfType(spec);
  yield* servicePorts(spec);
  if (spec.selector) yield* labelMap("spec.selector", spec.selector);
  yield* affinity(spec);
  for (const [at, ip] of (spec.externalIPs ?? []).entries()) {
    yield* ipAddress(`spec.externalIPs[${at}]`, ip);
    if (familyOf(ip) !== 0) yield* ordinaryAddress(`spec.externalIPs[${at}]`, ip);
  }
  yield* requiredOneOf("spec.type", spec.type, types);
  yield* portConflicts(spec);
  yield* loadBalancer(spec);
  yield* trafficPolicies(spec);
}

function* rulesOfType(spec: ServiceSpec): Findings {
  const none = "spec.clusterIPs[0]";
  if (spec.type === "LoadBalancer") {
    for (const [at, { port }] of (spec.ports ?? []).entries()) {
      const text = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
      if (port === kubeletPort) yield invalid(`spec.ports[${at}].port`, port, text);
    }
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

/** One range of addresses, or two of different families. */
export function* clusterAddresses(spec: ServiceSpec): Findings {
  if (spec.type === "ExternalName") return;
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const path = "spec.clusterIPs";
  if (clusterIP !== "") {
    if (clusterIPs.length === 0) yield required(path);
    else if (clusterIPs[0] !== clusterIP) yield invalid(path, clusterIPs, "first value must match `clusterIP`");
  } else if (clusterIPs.length > 0) {
    yield invalid(path, clusterIPs, "must be empty when `clusterIP` is not specified");
  }
  const seen = new Set<string>();
  for (const [at, family] of ipFamilies.entries()) {
    yield* oneOf(`spec.ipFamilies[${at}]`, family, ["IPv4", "IPv6"]);
    if (seen.has(family)) yield duplicate(`spec.ipFamilies[${at}]`, family);
    seen.add(family);
  }
  if (ipFamilyPolicy !== undefined) {
    yield* oneOf("spec.ipFamilyPolicy", ipFamilyPolicy, ["PreferDualStack", "RequireDualStack", "SingleStack"]);
  }
  const wrong = [...listedAddresses(path, clusterIPs)];
  yield* wrong;
  if (wrong.length === 0 && clusterIPs[0] !== "None") yield* familiesFit(path, clusterIPs, ipFamilies);
}

function* familiesFit(path: string, addresses: readonly string[], families: readonly string[]): Findings {
  for (const [at, address] of addresses.entries()) {
    const family = `IPv${familyOf(address)}`;
    const expected = families[at];
    if ((expected === "IPv4" || expected === "IPv6") && family !== expected) {
      yield invalid(`${path}[${at}]`, address, `expected an ${expected} value as indicated by \`ipFamilies[${at}]\``);
    }
  }
}

function* listedAddresses(path: string, addresses: readonly string[]): Findings {
  let bad = false;
  for (const [at, address] of addresses.entries()) {
    if (at === 0 && address === "None") {
      if (addresses.length > 1) yield invalid(path, addresses, "'None' must be the first and only value");
      bad ||= addresses.length > 1;
      continue;
    }
    if (familyOf(address) === 0) bad = true;
    yield* ipAddress(`${path}[${at}]`, address);
  }
  if (addresses.length > 2) yield invalid(path, addresses, "may only hold up to 2 values");
  if (bad || addresses.length < 2) return;
  if (familyOf(addresses[0] ?? "") === familyOf(addresses[1] ?? "")) {
    yield invalid(path, addresses, "may specify no more than one IP for each IP family");
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

function* loadBalancer({ type, loadBalancerSourceRanges: ranges = [], ...spec }: ServiceSpec): Findings {
  const path = "spec.LoadBalancerSourceRanges";
  if (ranges.length > 0) {
    if (type !== "LoadBalancer") yield forbidden(path, onlyLoadBalancer);
    else for (const [at, range] of ranges.entries()) yield* addressRange(`${path}[${at}]`, (range ?? "").trim());
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && type !== "LoadBalancer") {
    yield forbidden("spec.allocateLoadBalancerNodePorts", onlyLoadBalancer);
  }
  const { loadBalancerClass } = spec;
  if (loadBalancerClass === undefined) return;
  if (type !== "LoadBalancer") yield forbidden("spec.loadBalancerClass", onlyLoadBalancer);
  else yield* say("spec.loadBalancerClass", loadBalancerClass, labelKeyErrors(loadBalancerClass));
}

function* trafficPolicies(spec: ServiceSpec): Findings {
  const { externalTrafficPolicy: external, healthCheckNodePort: health, internalTrafficPolicy: internal } = spec;
  const policies = ["Cluster", "Local"];
  if (isExternal(spec)) yield* requiredOneOf("spec.externalTrafficPolicy", external, policies);
  else if (external) {
    yield invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services");
  }
  const needsHealth = spec.type === "LoadBalancer" && external === "Local";
  if (health && !needsHealth) yield invalid("spec.healthCheckNodePort", health, onlyHealthChecked);
  else if (health) yield* say("spec.healthCheckNodePort", health, portNumberErrors(health));
  if (internal !== undefined) yield* oneOf("spec.internalTrafficPolicy", internal, policies);
  else if (spec.type !== "ExternalName" && types.includes(spec.type ?? ""))
    yield required("spec.internalTrafficPolicy");
  if (spec.trafficDistribution !== undefined) {
    const known = ["PreferClose", "PreferSameNode", "PreferSameZone"];
    if (!known.includes(spec.trafficDistribution))
      yield notSupported("spec.trafficDistribution", spec.trafficDistribution, known);
  }
}

export function validateServiceUpdate({ spec }: Readonly<Service>, { spec: old }: Readonly<Service>): FieldError[] {
  return [...addressChange(spec, old), ...classChange(spec, old)];
}

function* addressChange(spec: ServiceSpec, old: ServiceSpec): Findings {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return;
  const [before] = old.clusterIPs ?? [];
  const now = spec.clusterIPs ?? [];
  if (before === undefined) return;
  if (now.length === 0) yield invalid("spec.clusterIPs[0]", now, "primary clusterIP can not be unset");
  else if (now[0] !== before && now[0] === spec.clusterIP && familyOf(now[0] ?? "") !== 0) {
    yield invalid("spec.clusterIPs[0]", now, "may not change once set");
  }
}

function* classChange(spec: ServiceSpec, old: ServiceSpec): Findings {
  if (old.type !== "LoadBalancer" || spec.type !== "LoadBalancer") return;
  if (spec.loadBalancerClass !== old.loadBalancerClass) {
    yield invalid("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set");
  }
}
