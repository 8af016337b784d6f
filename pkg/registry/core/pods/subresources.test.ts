import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod, PodSpec, PodStatus } from "#api/types/core/v1";
import { prepareResize, validateResize } from "./resize.ts";
import { pods } from "./strategy.ts";
import { validateEphemeralContainers } from "./validate-ephemeral.ts";
import { validatePodStatus } from "./validate-status.ts";

const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: "i",
  imagePullPolicy: "Always",
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  ...more,
});
const pod = (spec: Partial<PodSpec> = {}, status: PodStatus = {}): Pod => ({
  metadata: { name: "p", namespace: "n" },
  spec: {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    terminationGracePeriodSeconds: 30,
    containers: [container("c")],
    ...spec,
  },
  status,
});
const having = (cpu: string, more: Partial<Container> = {}): Container =>
  container("c", { resources: { requests: { cpu } }, ...more });
const only = (one: Container): Partial<PodSpec> => ({ containers: [one] });

const sizes: readonly [name: string, old: Partial<PodSpec>, next: Partial<PodSpec>, errors: readonly string[]][] = [
  ["more CPU", only(having("1")), only(having("2")), []],
  ["all else is put back", only(having("1")), only(having("2", { image: "j" })), []],
  [
    "another class",
    only(having("1")),
    only(container("c", { resources: { requests: { cpu: "1", memory: "1" }, limits: { cpu: "1", memory: "1" } } })),
    ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing'],
  ],
  [
    "nothing is taken away",
    only(having("1", { resources: { requests: { cpu: "1", memory: "1" } } })),
    only(having("1")),
    ["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"],
  ],
  [
    "other resources stay",
    only(having("1")),
    only(having("1", { resources: { requests: { cpu: "1", "ephemeral-storage": "1" } } })),
    ["spec: Forbidden: only cpu and memory resources are mutable"],
  ],
  [
    "one container more",
    only(having("1")),
    { containers: [having("1"), container("d")] },
    ["spec.containers: Forbidden: containers may not be added or removed on resize"],
  ],
  [
    "another name",
    only(having("1")),
    only(having("1", { name: "d" })),
    ["spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize"],
  ],
  [
    "before the start",
    { ...only(having("1")), initContainers: [container("i")] },
    { ...only(having("1")), initContainers: [container("i", { resources: { requests: { cpu: "1" } } })] },
    ["spec: Forbidden: resources for non-sidecar init containers are immutable"],
  ],
  [
    "of the whole pod",
    { ...only(having("1")), resources: { requests: { cpu: "2" } } },
    only(having("2")),
    [
      ": Forbidden: resize of pods with pod-level resources is forbidden when InPlacePodLevelResourcesVerticalScalingEnabled feature gate is disabled",
    ],
  ],
];
for (const [name, before, after, errors] of sizes) {
  test(`resize: ${name}`, () => {
    const [old, next] = [pod(before), pod(after)];
    prepareResize(next, old);
    assert.deepEqual(
      validateResize(next, old).map(({ field, detail }) => `${field}: ${detail}`),
      errors,
    );
    if (errors.length === 0) assert.equal(next.spec.containers[0]?.image, "i");
  });
}

const debug = (name: string, image = "i") => ({ ...container(name), image });
const context = { user: { name: "u", groups: [] }, namespace: "n", now: new Date(0), dryRun: false, warn: () => {} };
const added: readonly [name: string, next: string[], changed: boolean, text: RegExp | undefined][] = [
  ["one more, in any order", ["b", "a"], false, undefined],
  ["one less", ["b"], false, /^Forbidden: existing ephemeral containers "a" may not be removed\n$/],
  ["none at all", [], false, /may not be removed/],
  [
    "another image",
    ["a"],
    true,
    /^Forbidden: existing ephemeral containers "a" may not be changed\n@@[\s\S]*\+ "Image": "j"/,
  ],
];
for (const [name, names, changed, text] of added) {
  test(`ephemeral containers: ${name}`, () => {
    const old = pod({ ephemeralContainers: [debug("a")] });
    const list = names.map((one) => debug(one, changed ? "j" : "i"));
    const next = pod(list.length > 0 ? { ephemeralContainers: list } : {});
    pods.subresources?.["ephemeralcontainers"]?.prepareForUpdate?.(next, old, context);
    const [error, ...more] = validateEphemeralContainers(next, old);
    assert.deepEqual(more, []);
    if (text) assert.match(error?.detail ?? "", text);
    else assert.equal(error, undefined);
  });
}

const reports: readonly [name: string, next: PodStatus, old: Pod, errors: readonly string[]][] = [
  [
    "a good one",
    { podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], hostIP: "10.0.0.2", hostIPs: [{ ip: "10.0.0.2" }] },
    pod(),
    [],
  ],
  [
    "no address",
    { podIPs: [{ ip: "x" }] },
    pod(),
    ['status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  ["what was there before", { podIPs: [{ ip: "x" }] }, pod({}, { podIPs: [{ ip: "x" }] }), []],
  [
    "one family twice",
    { podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] },
    pod(),
    [
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ],
  ],
  [
    "two addresses, one of them none",
    { podIPs: [{ ip: "10.0.0.1" }, { ip: "x" }] },
    pod({}, { podIPs: [{ ip: "x" }] }),
    [
      "status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: x",
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"x"}]: may specify no more than one IP for each IP family',
    ],
  ],
  [
    "another host",
    { hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }] },
    pod(),
    ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
  ],
  [
    "a condition's name",
    {
      conditions: [
        { type: "a b", status: "True" },
        { type: "Ready", status: "True" },
      ],
    },
    pod(),
    ["status.conditions[0].Type"],
  ],
  [
    "another class",
    { qosClass: "Burstable" },
    pod({}, { qosClass: "BestEffort" }),
    ['status.qosClass: Invalid value: "Burstable": field is immutable'],
  ],
  [
    "a nomination of a bound pod",
    { nominatedNodeName: "b" },
    pod({ nodeName: "a" }),
    ["status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node"],
  ],
  [
    "a claim of nobody",
    { resourceClaimStatuses: [{ name: "a" }] },
    pod(),
    [
      'status.resourceClaimStatuses[0].name: Invalid value: "a": must match the name of an entry in `spec.resourceClaims`',
    ],
  ],
];
for (const [name, status, old, errors] of reports) {
  test(`pod status: ${name}`, () => {
    const found = validatePodStatus({ ...old, status }, old).map(({ field, detail }) => `${field}: ${detail}`);
    assert.equal(found.length, errors.length, found.join("\n"));
    for (const [at, text] of errors.entries()) assert.ok(found[at]?.startsWith(text), text);
  });
}

const told: readonly [name: string, status: PodStatus, ips: readonly (string | undefined)[]][] = [
  ["one address alone", { podIP: "10.0.0.1" }, ["10.0.0.1", "10.0.0.1"]],
  ["a list alone", { podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] }, ["10.0.0.1", "10.0.0.1", "fd00::1"]],
  ["both, and they differ", { podIP: "10.0.0.2", podIPs: [{ ip: "10.0.0.1" }] }, ["10.0.0.2", "10.0.0.2"]],
  ["none", {}, [undefined]],
];
for (const [name, status, ips] of told) {
  test(`pod status tells its address twice: ${name}`, () => {
    const next = { ...pod(), status };
    pods.subresources?.status?.prepareForUpdate?.(next, pod(), context);
    assert.deepEqual([next.status.podIP, ...(next.status.podIPs ?? []).map(({ ip }) => ip)], ips);
  });
}

test("a gated pod says since when it waits", () => {
  const gated = pod({ schedulingGates: [{ name: "a" }] });
  pods.prepareForCreate?.(gated, { ...context, now: new Date("2024-01-02T03:04:05.678Z") });
  assert.deepEqual(gated.status?.conditions, [
    {
      type: "PodScheduled",
      status: "False",
      lastProbeTime: null,
      lastTransitionTime: "2024-01-02T03:04:05Z",
      reason: "SchedulingGated",
      message: "Scheduling is blocked due to non-empty scheduling gates",
    },
  ]);
});
