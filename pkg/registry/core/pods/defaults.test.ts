import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, PodSpec, ResourceRequirements } from "#api/types/core/v1";
import { defaultPodOnly, defaultPodSpec } from "./defaults.ts";
import { dropDisabledPodFields } from "./disabled-fields.ts";

const container = (resources: ResourceRequirements, more: Partial<Container> = {}): Container => ({
  name: "c",
  image: "i",
  resources,
  ...more,
});

function podOf(spec: PodSpec): PodSpec {
  defaultPodSpec(spec);
  defaultPodOnly(spec);
  return spec;
}

/** Amounts as a running upstream stored them. */
const rows: readonly (readonly [
  name: string,
  containers: readonly ResourceRequirements[],
  ofPod: ResourceRequirements,
  requests: Record<string, string> | undefined,
])[] = [
  ["the limit where no container asks", [{}], { limits: { cpu: "2" } }, { cpu: "2" }],
  [
    "what containers ask for together",
    [{ requests: { cpu: "500m" } }, { requests: { cpu: "1" } }],
    { limits: { cpu: "2", memory: "3Gi" } },
    { cpu: "1500m", memory: "3Gi" },
  ],
  [
    "what containers ask for by their limits",
    [{ limits: { memory: "1Gi" }, requests: { cpu: "500m" } }],
    { limits: { cpu: "2" } },
    { cpu: "500m", memory: "1Gi" },
  ],
  [
    "nothing that pods cannot ask for",
    [{ requests: { "ephemeral-storage": "1Gi" } }],
    { limits: { cpu: "2" }, requests: { cpu: "1" } },
    { cpu: "1" },
  ],
  ["nothing without limits", [{ requests: { memory: "1Mi" } }], { requests: { cpu: "2" } }, { cpu: "2" }],
  ["nothing with empty limits", [{ limits: { cpu: "1" } }], { limits: {} }, undefined],
];

for (const [name, containers, resources, requests] of rows) {
  test(`a pod asks for ${name}`, () => {
    const spec = podOf({ containers: containers.map((one) => container(one)), resources });
    assert.deepEqual(spec.resources?.requests, requests);
  });
}

test("an init container counts where it needs more, sidecars always", () => {
  const init = (restartPolicy?: string): Container =>
    container({ requests: { cpu: "3" } }, restartPolicy === undefined ? {} : { restartPolicy });
  const requestsWith = (one: Container): unknown =>
    podOf({
      containers: [container({ requests: { cpu: "1" } })],
      initContainers: [one],
      resources: { limits: { cpu: "5" } },
    }).resources?.requests;
  assert.deepEqual(requestsWith(init()), { cpu: "3" });
  assert.deepEqual(requestsWith(init("Always")), { cpu: "4" });
});

test("templates neither ask for their limits nor take ports of the host", () => {
  const spec: PodSpec = {
    hostNetwork: true,
    containers: [container({ limits: { cpu: "1" } }, { ports: [{ containerPort: 80 }] })],
    resources: { limits: { cpu: "2" } },
  };
  const made = (): Container | undefined => spec.containers[0];
  defaultPodSpec(spec);
  assert.deepEqual(made()?.resources, { limits: { cpu: "1" } });
  assert.deepEqual(made()?.ports, [{ containerPort: 80, protocol: "TCP" }]);
  assert.deepEqual(spec.resources, { limits: { cpu: "2" } });
  defaultPodOnly(spec);
  assert.deepEqual(made()?.resources?.requests, { cpu: "1" });
  assert.equal(made()?.ports?.[0]?.hostPort, 80);
});

test("what belongs to features that are off is not kept", () => {
  const spec: PodSpec = {
    containers: [container({})],
    workloadRef: { name: "w", podGroup: "g" },
    volumes: [
      {
        name: "v",
        projected: {
          sources: [
            { clusterTrustBundle: { name: "a", path: "p" } },
            { podCertificate: { signerName: "a/b", keyType: "ED25519", credentialBundlePath: "p" } },
            { configMap: { name: "c" } },
          ],
        },
      },
    ],
  };
  dropDisabledPodFields(spec);
  assert.equal(spec.workloadRef, undefined);
  assert.deepEqual(spec.volumes?.[0]?.projected?.sources, [{}, {}, { configMap: { name: "c" } }]);
});

test("images of volumes are pulled as those of containers", () => {
  const policyOf = (reference?: string): string | undefined => {
    const volume = { name: "v", image: reference === undefined ? {} : { reference } };
    const spec: PodSpec = { containers: [], volumes: [volume] };
    defaultPodSpec(spec);
    return spec.volumes?.[0]?.image?.pullPolicy;
  };
  assert.equal(policyOf("a"), "Always");
  assert.equal(policyOf("r.io:5000/a:latest"), "Always");
  assert.equal(policyOf("a:1"), "IfNotPresent");
  assert.equal(policyOf(), "IfNotPresent");
});
