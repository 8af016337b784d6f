import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Container, Pod, PodSpec } from "#api/types/core/v1";
import { evaluate, printDetails, printReasons } from "./evaluate.ts";
import { isVersion } from "./levels.ts";

const good: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{ name: "c", securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
};
const bare: PodSpec = { containers: [{ name: "c" }] };

/** A container that nothing forbids, but for what is set here. */
const container = (
  name: string,
  security: Container["securityContext"] = {},
  more: Partial<Container> = {},
): Container => ({
  name,
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...security },
  ...more,
});
const spec = (more: Partial<PodSpec>): PodSpec => ({ ...good, ...more });
const whole = (security: PodSpec["securityContext"]): PodSpec =>
  spec({ securityContext: { ...good.securityContext, ...security } });
const probe = (host: string) => ({ httpGet: { port: 80, host } });

const bareText =
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

interface Row {
  readonly name: string;
  readonly spec: PodSpec;
  readonly annotations?: Record<string, string>;
  /** What is said, by `level:version`; empty: allowed. */
  readonly says: Readonly<Record<string, string>>;
}

const rows: readonly Row[] = [
  { name: "a good pod", spec: good, says: { "restricted:latest": "", "restricted:v1.0": "", "baseline:latest": "" } },
  {
    name: "a pod that says nothing",
    spec: bare,
    says: {
      "privileged:latest": "",
      "baseline:latest": "",
      "restricted:latest": bareText,
      "restricted:v1.99": bareText,
      "restricted:v1.7": 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
      "restricted:v1.18":
        'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    },
  },
  {
    name: "host namespaces",
    spec: spec({ hostNetwork: true, hostPID: true, hostIPC: true }),
    says: { "baseline:v1.0": "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)" },
  },
  {
    name: "host ports are sorted as texts",
    spec: spec({
      initContainers: [container("a", {}, { ports: [{ containerPort: 1, hostPort: 0 }] })],
      containers: [
        container(
          "b",
          {},
          {
            ports: [
              { containerPort: 1, hostPort: 9 },
              { containerPort: 2, hostPort: 10 },
            ],
          },
        ),
        container("c", {}, { ports: [{ containerPort: 3, hostPort: 9 }] }),
      ],
    }),
    says: { "baseline:latest": 'hostPort (containers "b", "c" use hostPorts 10, 9)' },
  },
  {
    name: "one host port",
    spec: spec({ containers: [container("b", {}, { ports: [{ containerPort: 1, hostPort: 9 }] })] }),
    says: { "baseline:latest": 'hostPort (container "b" uses hostPort 9)' },
  },
  {
    name: "hosts of probes and handlers",
    spec: spec({
      containers: [
        container("z", {}, { livenessProbe: probe("b"), readinessProbe: { tcpSocket: { port: 1, host: "a" } } }),
        container("a", {}, { startupProbe: probe("a"), lifecycle: { postStart: probe("c"), preStop: probe("") } }),
      ],
    }),
    says: {
      "baseline:v1.33": "",
      "baseline:v1.34": 'probe or lifecycle host (containers "a", "z" use probe or lifecycle hosts "a", "b", "c")',
    },
  },
  {
    name: "privileged, also as an ephemeral container",
    spec: spec({
      containers: [container("a", { privileged: true }), container("b", { privileged: false })],
      ephemeralContainers: [{ name: "e", securityContext: { ...container("e").securityContext, privileged: true } }],
    }),
    says: { "baseline:latest": 'privileged (containers "a", "e" must not set securityContext.privileged=true)' },
  },
  {
    name: "capabilities beyond the default",
    spec: spec({
      containers: [
        container("a", { capabilities: { add: ["SYS_TIME", "KILL", "BPF"] } }),
        container("b", { capabilities: { drop: ["ALL"], add: ["KILL", "NET_BIND_SERVICE"] } }),
      ],
    }),
    says: {
      "baseline:latest":
        'non-default capabilities (container "a" must not include "BPF", "SYS_TIME" in securityContext.capabilities.add)',
      "restricted:v1.21":
        'non-default capabilities (container "a" must not include "BPF", "SYS_TIME" in securityContext.capabilities.add)',
      "restricted:v1.22":
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; containers "a", "b" must not include "BPF", "KILL", "SYS_TIME" in securityContext.capabilities.add)',
    },
  },
  {
    name: "an unmasked /proc in a user namespace",
    spec: spec({ hostUsers: false, containers: [container("a", { procMount: "Unmasked" })] }),
    says: {
      "baseline:v1.34": 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
      "baseline:v1.35": "",
      "restricted:v1.34": 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
      "restricted:v1.35": 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    },
  },
  {
    name: "an unmasked /proc on the node",
    spec: spec({ containers: [container("a", { procMount: "Unmasked" })] }),
    says: {
      "baseline:latest": 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
      "restricted:latest": 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    },
  },
  {
    name: "root in a user namespace",
    spec: spec({
      hostUsers: false,
      securityContext: { ...good.securityContext, runAsNonRoot: false, runAsUser: 0 },
      containers: [container("a", { runAsUser: 0 }), container("b", { runAsNonRoot: false })],
    }),
    says: {
      "restricted:v1.35": "",
      "restricted:v1.34":
        'runAsNonRoot != true (pod and container "b" must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod and container "a" must not set runAsUser=0)',
      "restricted:v1.22":
        'runAsNonRoot != true (pod and container "b" must not set securityContext.runAsNonRoot=false)',
    },
  },
  {
    name: "a container that is silent where the pod is",
    spec: spec({
      securityContext: { seccompProfile: { type: "Localhost" } },
      containers: [container("a", { runAsNonRoot: true }), container("b"), container("d")],
    }),
    says: {
      "restricted:latest":
        'runAsNonRoot != true (pod or containers "b", "d" must set securityContext.runAsNonRoot=true)',
    },
  },
  {
    name: "seccomp unconfined",
    spec: spec({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "Unconfined" } },
      containers: [container("a", { seccompProfile: { type: "Unconfined" } }), container("b")],
    }),
    says: {
      "baseline:v1.18": "",
      "baseline:v1.19":
        'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
      "restricted:v1.19":
        'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    },
  },
  {
    name: "seccomp by annotations",
    spec: good,
    annotations: {
      "seccomp.security.alpha.kubernetes.io/pod": 'un"confined',
      "container.seccomp.security.alpha.kubernetes.io/c": "unconfined",
      "container.seccomp.security.alpha.kubernetes.io/gone": "unconfined",
    },
    says: {
      "baseline:v1.18":
        'seccompProfile (forbidden annotations container.seccomp.security.alpha.kubernetes.io/c="unconfined", seccomp.security.alpha.kubernetes.io/pod="un\\"confined")',
      "baseline:v1.19": "",
    },
  },
  {
    name: "AppArmor unconfined",
    spec: spec({
      securityContext: { ...good.securityContext, appArmorProfile: { type: "Unconfined" } },
      containers: [container("a", { appArmorProfile: { type: "Unconfined" } })],
    }),
    annotations: {
      "container.apparmor.security.beta.kubernetes.io/b": "unconfined",
      "container.apparmor.security.beta.kubernetes.io/a": "runtime/default",
    },
    says: {
      "baseline:latest":
        'forbidden AppArmor profiles (pod and container "a" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/b="unconfined"")',
    },
  },
  {
    name: "one AppArmor profile",
    spec: whole({ appArmorProfile: { type: "Unconfined" } }),
    says: {
      "baseline:v1.0": 'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    },
  },
  {
    name: "SELinux",
    spec: spec({
      securityContext: { ...good.securityContext, seLinuxOptions: { type: "container_engine_t", level: "s0" } },
      containers: [
        container("a", { seLinuxOptions: { user: "u", type: "b_t" } }),
        container("b", { seLinuxOptions: { role: "r", type: "a_t" } }),
        container("d", { seLinuxOptions: { type: "container_t" } }),
      ],
    }),
    says: {
      "baseline:v1.30":
        'seLinuxOptions (pod and containers "a", "b" set forbidden securityContext.seLinuxOptions: types "a_t", "b_t", "container_engine_t"; user may not be set; role may not be set)',
      "baseline:v1.31":
        'seLinuxOptions (containers "a", "b" set forbidden securityContext.seLinuxOptions: types "a_t", "b_t"; user may not be set; role may not be set)',
    },
  },
  {
    name: "sysctls",
    spec: whole({
      sysctls: [
        "kernel.shm_rmid_forced",
        "net.ipv4.tcp_wmem",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.ip_local_reserved_ports",
        "kernel.sem",
      ].map((name) => ({ name, value: "1" })),
    }),
    says: {
      "baseline:v1.26":
        "forbidden sysctls (net.ipv4.tcp_wmem, net.ipv4.tcp_keepalive_time, net.ipv4.ip_local_reserved_ports, kernel.sem)",
      "baseline:v1.28": "forbidden sysctls (net.ipv4.tcp_wmem, net.ipv4.tcp_keepalive_time, kernel.sem)",
      "baseline:v1.31": "forbidden sysctls (net.ipv4.tcp_wmem, kernel.sem)",
      "baseline:v1.32": "forbidden sysctls (kernel.sem)",
    },
  },
  {
    name: "volumes",
    spec: spec({
      volumes: [
        { name: "b", hostPath: { path: "/" } },
        { name: "a", nfs: { server: "s", path: "/" } },
        { name: "d", hostPath: { path: "/" } },
        { name: "e", emptyDir: {} },
        { name: "f" },
      ],
    }),
    says: {
      "baseline:v1.0": 'hostPath volumes (volumes "b", "d")',
      "restricted:latest":
        'restricted volume types (volumes "b", "a", "d", "f" use restricted volume types "hostPath", "nfs", "unknown")',
    },
  },
  {
    name: "one volume",
    spec: spec({ volumes: [{ name: "b", rbd: { monitors: ["m"], image: "i" } }] }),
    says: { "restricted:v1.0": 'restricted volume types (volume "b" uses restricted volume type "rbd")' },
  },
  {
    name: "a pod of Windows",
    spec: spec({ os: { name: "windows" }, securityContext: { runAsNonRoot: true }, containers: [{ name: "c" }] }),
    says: {
      "restricted:v1.25": "",
      "restricted:v1.24":
        'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    },
  },
  {
    name: "processes of a Windows node",
    spec: spec({
      securityContext: { ...good.securityContext, windowsOptions: { hostProcess: true } },
      containers: [container("a", { windowsOptions: { hostProcess: true } })],
    }),
    says: {
      "baseline:latest":
        'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    },
  },
];

function levelOf(text: string): Parameters<typeof evaluate>[0] {
  const [level = "", version = ""] = text.split(":");
  assert.ok(isVersion(version));
  return { level: level as "baseline", version };
}

for (const { name, spec: of, annotations, says } of rows) {
  describe(name, () => {
    for (const [level, text] of Object.entries(says)) {
      it(level, () => {
        const pod = { metadata: annotations ? { annotations } : {}, spec: of } as Pod;
        assert.equal(printDetails(evaluate(levelOf(level), pod)), text);
      });
    }
  });
}

it("says of many pods less", () => {
  const violations = evaluate(
    { level: "baseline", version: "latest" },
    { spec: spec({ hostPID: true, hostNetwork: true }) },
  );
  assert.equal(printReasons(violations), "host namespaces");
});
