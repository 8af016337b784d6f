import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "#api/types/apps/v1";
import type { ContainerPort, PodSpec } from "#api/types/core/v1";
import { podNameWarnings, podTemplateWarnings, podWarnings } from "./index.ts";
import { workloadWarnings } from "./workloads.ts";

interface Row {
  readonly name: string;
  readonly spec: Partial<PodSpec>;
  readonly annotations?: Record<string, string>;
  readonly told: readonly string[];
}

const ports = (...list: Partial<ContainerPort>[]): Partial<PodSpec> => ({
  containers: [{ name: "c", ports: list.map((port) => ({ containerPort: 80, protocol: "TCP", ...port })) }],
});
const at = (n: number): string => `spec.containers[0].ports[${n}]`;
const term = { topologyKey: "a" };

const rows: readonly Row[] = [
  { name: "nothing to say", spec: {}, told: [] },
  {
    name: "old labels of nodes",
    spec: {
      nodeSelector: { "beta.kubernetes.io/os": "linux" },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          whenUnsatisfiable: "DoNotSchedule",
          topologyKey: "failure-domain.beta.kubernetes.io/zone",
          labelSelector: {},
        },
      ],
    },
    told: [
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    ],
  },
  {
    name: "values that match nothing",
    spec: {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: "a", operator: "In", values: ["ok", "a b"] }] } },
          ],
        },
      },
    },
    told: [
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[1]: a b is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  },
  {
    name: "selectors of nothing",
    spec: {
      topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", topologyKey: "a" }],
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
      },
    },
    told: [
      "spec.topologySpreadConstraints[0]",
      "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
      "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm",
    ].map((path) => `${path}.labelSelector: a null labelSelector results in matching no pod`),
  },
  {
    name: "annotations that became fields",
    spec: { containers: [{ name: "c" }] },
    annotations: {
      "security.alpha.kubernetes.io/sysctls": "a=b",
      "seccomp.security.alpha.kubernetes.io/pod": "x",
      "container.seccomp.security.alpha.kubernetes.io/c": "x",
    },
    told: [
      'metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the "sysctls" field instead',
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
      'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: non-functional in v1.27+; use the "seccompProfile" field instead',
    ],
  },
  {
    name: "sources of volumes that are gone",
    spec: {
      volumes: [
        { name: "a", gitRepo: { repository: "r" } },
        { name: "b", storageos: {} },
      ],
    },
    told: [
      "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
      "spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+",
    ],
  },
  {
    name: "files in the place of others",
    spec: {
      volumes: [
        {
          name: "v",
          configMap: {
            name: "m",
            items: [
              { key: "a", path: "p/" },
              { key: "b", path: "p/q" },
              { key: "c", path: "pq" },
            ],
          },
        },
        {
          name: "w",
          projected: {
            sources: [
              { secret: { name: "s", items: [{ key: "a", path: "t" }] } },
              { serviceAccountToken: { path: "t" } },
              {},
            ],
          },
        },
      ],
    },
    told: [
      'volume "v" (ConfigMap "m"): overlapping paths: "p/q" with "p"',
      'volume "w" (Projected) has no sources provided',
      'volume "w" (Projected): overlapping paths: "t" (ServiceAccountToken) with "t" (Secret "s")',
    ],
  },
  {
    name: "the same twice",
    spec: {
      hostAliases: [{ ip: "1.2.3.4" }, { ip: "1.2.3.4" }],
      imagePullSecrets: [{ name: "a" }, { name: "a" }, { name: "" }],
    },
    told: [
      'spec.hostAliases[1].ip: duplicate ip "1.2.3.4"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
    ],
  },
  {
    name: "parts of a byte",
    spec: {
      overhead: { memory: "100m" },
      containers: [{ name: "c", resources: { requests: { memory: "1500m", cpu: "100m" } } }],
    },
    told: [
      'spec.overhead[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer',
    ],
  },
  {
    name: "variables that hide others",
    spec: {
      containers: [
        {
          name: "c",
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "$(A)2" },
            { name: "A", value: "3" },
          ],
        },
      ],
    },
    told: ['spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'],
  },
  { name: "a port twice", spec: ports({}, {}), told: [`${at(1)}: duplicate port definition with ${at(0)}`] },
  {
    name: "a port of the host too",
    spec: ports({}, { hostPort: 1 }),
    told: [`${at(1)}: overlapping port definition with ${at(0)}`],
  },
  {
    name: "a port here and everywhere",
    spec: ports({ hostPort: 1 }, { hostPort: 1, hostIP: "1.2.3.4" }),
    told: [`${at(1)}: dangerously ambiguous port definition with ${at(0)}`],
  },
  { name: "two ports of the host", spec: ports({ hostPort: 1 }, { hostPort: 2 }), told: [] },
  {
    name: "an address without port",
    spec: ports({ name: "n", hostIP: "1.2.3.4" }),
    told: [`${at(0)}: hostIP set without hostPort: {Name:n HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}`],
  },
  {
    name: "a name of a port twice",
    spec: ports({ name: "n" }, { name: "n", containerPort: 81 }),
    told: [
      `${at(1)}: duplicate port name "n" with ${at(0)}, services and probes that select ports by name will use ${at(0)}`,
    ],
  },
  {
    name: "time that is none, and an address with zeros",
    spec: { terminationGracePeriodSeconds: -1, dnsConfig: { nameservers: ["010.0.0.1"] } },
    told: [
      "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
      'spec.dnsConfig.nameservers[0]: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
    ],
  },
];

for (const { name, spec, annotations = {}, told } of rows) {
  test(`pod warnings: ${name}`, () => {
    assert.deepEqual(podWarnings({ containers: [], ...spec }, { annotations }), told);
  });
}

test("only templates speak of AppArmor, unless the pod says the same", () => {
  const metadata = { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "runtime/default" } };
  const spec: PodSpec = { containers: [{ name: "c" }] };
  assert.deepEqual(podWarnings(spec, metadata), []);
  assert.deepEqual(podTemplateWarnings("spec.template", { metadata, spec }), [
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ]);
  const same: PodSpec = { ...spec, securityContext: { appArmorProfile: { type: "RuntimeDefault" } } };
  assert.deepEqual(podTemplateWarnings("spec.template", { metadata, spec: same }), []);
});

test("a name that is no label", () => {
  assert.deepEqual(podNameWarnings("a"), []);
  assert.deepEqual(podNameWarnings("a.b"), [
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
  ]);
});

test("a workload is told again when what is wanted changed", () => {
  const { warningsOnUpdate } = workloadWarnings<Deployment>({ path: "t", template: ({ spec }) => spec.template });
  const of = (generation: number): Deployment => ({
    metadata: { name: "d", generation },
    spec: { selector: {}, template: { spec: { containers: [], terminationGracePeriodSeconds: -1 } } },
  });
  const context = { user: { name: "u", groups: [] }, namespace: "n", now: new Date(0), dryRun: false, warn: () => {} };
  assert.equal(warningsOnUpdate(of(2), of(1), context).length, 1);
  assert.deepEqual(warningsOnUpdate(of(1), of(1), context), []);
});
