import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { addressWarnings, rangeWarnings } from "../shared/strict-addresses.ts";
import { validateNewIngressClass } from "./ingressclasses/validate.ts";
import { validateIngressStatus, validateIngressUpdate, validateNewIngress } from "./ingresses/validate.ts";
import { ipaddresses } from "./ipaddresses/strategy.ts";
import { validateIpAddressUpdate } from "./ipaddresses/validate.ts";
import {
  networkPolicyWarnings,
  validateNetworkPolicyUpdate,
  validateNewNetworkPolicy,
} from "./networkpolicies/validate.ts";
import { validateNewServiceCidr, validateServiceCidrUpdate } from "./servicecidrs/validate.ts";

const said = (errors: readonly FieldError[]): string[] => errors.map(({ field, detail }) => `${field}: ${detail}`);
const about = (errors: readonly FieldError[]): string[] => [...new Set(errors.map(({ field }) => field))];

const backend = { service: { name: "web", port: { number: 80 } } };
const ingress = (spec: Ingress["spec"], annotations?: Record<string, string>): Ingress => ({
  metadata: { name: "i", namespace: "n", ...(annotations ? { annotations } : {}) },
  spec: { defaultBackend: backend, ...spec },
});
const httpPath = (path: string, pathType = "Prefix"): Ingress["spec"] => ({
  rules: [{ http: { paths: [{ path, pathType: pathType as "Prefix", backend }] } }],
});
const pathField = "spec.rules[0].http.paths[0].path";

const ingressRows: readonly [name: string, spec: Ingress["spec"], fields: readonly string[]][] = [
  ["an address as host", { rules: [{ host: "10.0.0.1" }] }, ["spec.rules[0].host"]],
  ["a star in the middle", { rules: [{ host: "a.*.com" }] }, ["spec.rules[0].host"]],
  ["a star in front", { rules: [{ host: "*.example.com" }] }, []],
  ["a star for a TLS host", { tls: [{ hosts: ["*.example.com", "*"] }] }, ["spec.tls[0].hosts[1]"]],
  ["two slashes", httpPath("/a//b"), [pathField]],
  ["an encoded slash", httpPath("/a%2Fb"), [pathField]],
  ["a path that ends in dots", httpPath("/a/.."), [pathField]],
  ["dots where the controller decides", httpPath("/a/..", "ImplementationSpecific"), []],
  ["both backends", { defaultBackend: { ...backend, resource: { kind: "K", name: "n" } } }, ["spec.defaultBackend"]],
  [
    "a resource",
    { defaultBackend: { resource: { kind: "", name: "a/b" } } },
    ["kind", "name"].map((f) => `spec.defaultBackend.resource.${f}`),
  ],
  [
    "a port twice",
    { defaultBackend: { service: { name: "a", port: { name: "http", number: 80 } } } },
    ["spec.defaultBackend"],
  ],
];

for (const [name, spec, fields] of ingressRows) {
  test(`ingress: ${name}`, () => assert.deepEqual(about(validateNewIngress(ingress(spec))), fields));
}

test("ingress: the old annotation must agree with the class on create", () => {
  const one = ingress({ ingressClassName: "a" }, { "kubernetes.io/ingress.class": "b" });
  assert.deepEqual(about(validateNewIngress(one)), ["annotations.kubernetes.io/ingress.class"]);
  assert.deepEqual(validateIngressUpdate(one, one), []);
});

test("ingress: what was stored with looser rules may stay", () => {
  const old = ingress({
    tls: [{ secretName: "Bad!" }],
    defaultBackend: { service: { name: "1st", port: { number: 1 } } },
  });
  assert.deepEqual(validateIngressUpdate(old, old), []);
  assert.equal(validateIngressUpdate(old, ingress({})).length, 2);
});

test("ingress: what a controller reports", () => {
  const reported = (list: { ip?: string; hostname?: string }[]): Ingress => ({
    ...ingress({}),
    status: { loadBalancer: { ingress: list } },
  });
  const errors = validateIngressStatus(
    reported([{ ip: "x" }, { hostname: "1.2.3.4" }, { ip: "010.0.0.1" }]),
    ingress({}),
  );
  assert.deepEqual(
    about(errors),
    ["ip", "hostname"].map((f, at) => `status.loadBalancer.ingress[${at}].${f}`),
  );
  assert.deepEqual(validateIngressStatus(reported([{ ip: "x" }]), reported([{ ip: "x" }])), []);
});

const controllerRows: readonly [controller: string, expected: readonly string[]][] = [
  ["example.com/a/b", []],
  [
    "example.com",
    ['spec.controller: Invalid value: "example.com": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    "example.com/ü",
    [
      `spec.controller: Invalid value: "ü": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`,
    ],
  ],
];
for (const [controller, expected] of controllerRows) {
  test(`ingress class: controller ${controller}`, () => {
    const one = { metadata: { name: "c" }, spec: { controller } } satisfies IngressClass;
    assert.deepEqual(said(validateNewIngressClass(one)), expected);
  });
}

test("ingress class: parameters in a namespace name it", () => {
  const of = (scope: string, namespace?: string): IngressClass => ({
    metadata: { name: "c" },
    spec: { controller: "a.b/c", parameters: { kind: "K", name: "n", scope, ...(namespace ? { namespace } : {}) } },
  });
  const path = "spec.parameters.namespace";
  assert.deepEqual(said(validateNewIngressClass(of("Namespace"))), [
    `${path}: Required value: \`parameters.scope\` is set to 'Namespace'`,
  ]);
  assert.deepEqual(said(validateNewIngressClass(of("Cluster", "n"))), [
    `${path}: Forbidden: \`parameters.scope\` is set to 'Cluster'`,
  ]);
  assert.deepEqual(about(validateNewIngressClass(of("Moon"))), ["spec.parameters.scope"]);
});

const policy = (cidr: string, except: string[]): NetworkPolicy => ({
  metadata: { name: "p", namespace: "n" },
  spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr, except } }] }] },
});
const subsetRows: readonly [cidr: string, except: string, ok: boolean][] = [
  ["10.0.0.0/8", "10.1.0.0/16", true],
  ["10.0.0.0/8", "10.0.0.0/8", false],
  ["10.0.0.0/8", "11.0.0.0/16", false],
  ["10.0.0.0/8", "fd00::/16", false],
  ["fd00::/8", "fd00:1::/32", true],
];
for (const [cidr, except, ok] of subsetRows) {
  test(`network policy: ${except} within ${cidr}`, () => {
    assert.equal(validateNewNetworkPolicy(policy(cidr, [except])).length === 0, ok);
  });
}

test("network policy: an address block stands alone", () => {
  const peer = { ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} };
  const one: NetworkPolicy = {
    metadata: { name: "p" },
    spec: { ingress: [{ from: [peer] }], policyTypes: ["Ingress", "Ingress", "Egress"] },
  };
  assert.deepEqual(about(validateNewNetworkPolicy(one)), ["spec.ingress[0].from[0]", "spec.policyTypes"]);
});

test("network policy: a value in a selector that was stored wrong may stay", () => {
  const bad: NetworkPolicy = {
    metadata: { name: "p" },
    spec: { podSelector: { matchExpressions: [{ key: "a", operator: "In", values: ["!"] }] } },
  };
  assert.equal(validateNewNetworkPolicy(bad).length, 1);
  assert.deepEqual(validateNetworkPolicyUpdate(bad, bad), []);
});

test("network policy: ranges that could be meant in two ways are warned of", () => {
  assert.deepEqual(networkPolicyWarnings(policy("10.1.2.3/8", [])), [
    'spec.egress[0].to[0].ipBlock.cidr: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
  ]);
});

test("old fields warn of other forms of an address", () => {
  assert.deepEqual(addressWarnings("ip", "10.0.0.1"), []);
  assert.deepEqual(addressWarnings("ip", "010.0.0.1"), [
    'ip: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ]);
  assert.deepEqual(addressWarnings("ip", "FD00::1"), [
    'ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
  assert.deepEqual(rangeWarnings("r", "10.0.0.0/08"), [
    'r: non-standard CIDR value "10.0.0.0/08" will be considered invalid in a future Kubernetes release: use "10.0.0.0/8"',
  ]);
  assert.deepEqual(rangeWarnings("r", "FD00::/8"), [
    'r: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")',
  ]);
});

const nameRows: readonly [name: string, text: string | undefined][] = [
  ["10.0.0.1", undefined],
  ["10.0.0.01", "must not have leading 0s"],
  ["::ffff:10.0.0.1", "must not be an IPv4-mapped IPv6 address"],
  ["FD00::1", 'must be in canonical form ("fd00::1")'],
  ["x", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
];
for (const [name, text] of nameRows) {
  test(`ip address: name ${name}`, () => assert.equal(ipaddresses.validateName?.(name, false)[0], text));
}

test("ip address: its holder stays", () => {
  const held = (name: string): IPAddress => ({
    metadata: { name: "10.0.0.1" },
    spec: { parentRef: { resource: "services", name } },
  });
  assert.deepEqual(validateIpAddressUpdate(held("a"), held("a")), []);
  assert.deepEqual(said(validateIpAddressUpdate(held("b"), held("a"))), [
    'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"b"}: field is immutable',
  ]);
});

const cidrs = (...list: string[]): ServiceCIDR => ({ metadata: { name: "c" }, spec: { cidrs: list } });
const cidrRows: readonly [name: string, list: string[], errors: readonly string[]][] = [
  ["both families", ["10.0.0.0/24", "fd00::/108"], []],
  [
    "one family twice",
    ["10.0.0.0/24", "10.0.1.0/24"],
    ["may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"],
  ],
  ["three", ["10.0.0.0/24", "fd00::/108", "10.1.0.0/24"], ["may only hold up to 2 values"]],
  ["bits beyond the prefix", ["10.0.0.1/24"], ["must not have bits set beyond the prefix length"]],
  ["another form", ["FD00::/108"], ['must be in canonical form ("fd00::/108")']],
];
for (const [name, list, errors] of cidrRows) {
  test(`service cidr: ${name}`, () => {
    const got = validateNewServiceCidr(cidrs(...list)).map(({ detail }) =>
      detail.replace(/^Invalid value: (\{.*?\}|\[.*?\]|".*?"): /, ""),
    );
    assert.deepEqual(got, errors);
  });
}

test("service cidr: a second family may be added, and nothing else changed", () => {
  const one = cidrs("10.0.0.0/24");
  assert.deepEqual(validateServiceCidrUpdate(cidrs("10.0.0.0/24", "fd00::/108"), one), []);
  assert.deepEqual(about(validateServiceCidrUpdate(cidrs("10.0.1.0/24", "fd00::/108"), one)), ["spec.cidrs[0]"]);
  assert.deepEqual(about(validateServiceCidrUpdate(one, cidrs("10.0.0.0/24", "fd00::/108"))), ["spec.cidrs"]);
});
