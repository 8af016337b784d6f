import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoadBalancerIngress, Service, ServiceSpec } from "#api/types/core/v1";
import { defaultService } from "./defaults.ts";
import { validateService } from "./validate.ts";
import { validateServiceStatus } from "./validate-status.ts";
import { validateServiceUpdate } from "./validate-update.ts";
import { serviceWarnings } from "./warnings.ts";

function service(spec: ServiceSpec, annotations: Record<string, string> = {}): Service {
  const of: Service = {
    metadata: { name: "s", namespace: "default", annotations },
    spec: { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], ipFamilies: ["IPv4"], ports: [{ port: 80 }], ...spec },
  };
  defaultService(of);
  return of;
}
const said = (errors: readonly { field: string; detail: string }[]): string[] =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

const dual: ServiceSpec = {
  clusterIPs: ["10.0.0.1", "2001:db8::1"],
  ipFamilies: ["IPv4", "IPv6"],
  ipFamilyPolicy: "RequireDualStack",
};

test("addresses and families", () => {
  const rows: [name: string, next: ServiceSpec, old: ServiceSpec, says: string[]][] = [
    ["a second one comes", dual, { ipFamilyPolicy: "SingleStack" }, []],
    ["a second one goes", { ipFamilyPolicy: "SingleStack" }, dual, []],
    [
      "a second one goes without a word",
      { ipFamilyPolicy: "PreferDualStack" },
      dual,
      [
        "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the secondary clusterIP",
        "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the secondary ipFamily",
      ],
    ],
    [
      "the first one changes",
      { clusterIP: "10.0.0.2", clusterIPs: ["10.0.0.2"] },
      {},
      ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ],
    [
      "the families change places",
      { ...dual, ipFamilies: ["IPv6", "IPv4"], clusterIPs: ["10.0.0.1", "2001:db8::1"] },
      dual,
      [
        'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
        'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
        'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
        'spec.clusterIPs[1]: Invalid value: "2001:db8::1": expected an IPv4 value as indicated by `ipFamilies[1]`',
      ],
    ],
  ];
  for (const [name, next, old, says] of rows) {
    assert.deepEqual(said(validateServiceUpdate(service(next), service(old))), says, name);
  }
});

test("what was stored may stay", () => {
  const old = service({ externalIPs: ["not one"], type: "LoadBalancer", loadBalancerSourceRanges: [" x "] });
  const path = "spec.externalIPs[0]";
  assert.deepEqual(said(validateServiceUpdate(old, old)), [
    `${path}: Invalid value: "not one": must be a valid IP address`,
  ]);
  assert.equal(validateService(old).length, 2);
});

test("load balancers", () => {
  const health = { type: "LoadBalancer", externalTrafficPolicy: "Local" } as const;
  assert.deepEqual(
    said(
      validateServiceUpdate(
        service({ ...health, healthCheckNodePort: 2 }),
        service({ ...health, healthCheckNodePort: 1 }),
      ),
    ),
    ["spec.healthCheckNodePort: Forbidden: field is immutable"],
  );
  const key = "service.beta.kubernetes.io/load-balancer-source-ranges";
  assert.deepEqual(said(validateService(service({ type: "LoadBalancer" }, { [key]: "10.0.0.0/8, x" }))), [
    `metadata.annotations[${key}]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
  ]);
});

test("statuses of load balancers", () => {
  const of = (ingress: LoadBalancerIngress[], spec: ServiceSpec = { type: "LoadBalancer" }): Service => ({
    ...service(spec),
    status: { loadBalancer: { ingress } },
  });
  const none = of([]);
  assert.deepEqual(said(validateServiceStatus(of([{ ip: "1.2.3.4", ipMode: "VIP" }]), none)), []);
  assert.deepEqual(said(validateServiceStatus(of([{ ip: "1.2.3.4" }, { hostname: "1.2.3.4" }]), none)), [
    "status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set",
    'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
  ]);
  assert.deepEqual(said(validateServiceStatus(of([{ ip: "1.2.3.4" }], {}), none)), [
    "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  ]);
});

test("what does nothing is warned of", () => {
  const headless = { clusterIP: "None", clusterIPs: ["None"] };
  assert.deepEqual(serviceWarnings(service({ ...headless, sessionAffinity: "ClientIP", externalIPs: ["8.8.8.8"] })), [
    "spec.externalIPs is ignored for headless services",
    "spec.SessionAffinity is ignored for headless services",
  ]);
  assert.deepEqual(serviceWarnings(service({ externalName: "a.b", trafficDistribution: "PreferClose" })), [
    'spec.externalName is ignored when spec.type is not "ExternalName"',
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ]);
});

test("what the world outside may reach has a policy for it", () => {
  const policy = (spec: ServiceSpec): string | undefined => service(spec).spec.externalTrafficPolicy;
  assert.equal(policy({ externalIPs: ["1.2.3.4"] }), "Cluster");
  assert.deepEqual(said(validateService(service({ externalIPs: ["1.2.3.4"] }))), []);
  assert.equal(policy({ type: "NodePort" }), "Cluster");
  assert.equal(policy({}), undefined);
});
