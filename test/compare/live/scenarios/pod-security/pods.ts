/** Pods that some version of some level of the Pod Security Standards forbids, and such that all allow. */

type Json = Readonly<Record<string, unknown>>;

export interface PodRow {
  readonly name: string;
  readonly spec: Json;
  readonly annotations?: Readonly<Record<string, string>>;
}

const containerSecurity: Json = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const podSecurity: Json = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

export const container = (security: Json = {}, more: Json = {}): Json => ({
  name: "c",
  image: "i",
  securityContext: { ...containerSecurity, ...security },
  ...more,
});

/** Nothing forbids it; `more` replaces members. */
export const goodSpec = (more: Json = {}): Json => ({
  containers: [container()],
  securityContext: podSecurity,
  ...more,
});

const named = (name: string, of: Json): Json => ({ ...of, name });
const one = (name: string, security: Json, more: Json = {}): PodRow => ({
  name,
  spec: goodSpec({ containers: [container(security)], ...more }),
});
/** The same of several containers of every sort. */
const many = (name: string, a: Json, b: Json, more: Json = {}): PodRow => ({
  name,
  spec: goodSpec({
    initContainers: [named("z", container(a)), named("good", container())],
    containers: [named("b", container(b)), named("a", container(a)), named("fine", container())],
    ...more,
  }),
});
const whole = (name: string, security: Json, more: Json = {}): PodRow => ({
  name,
  spec: goodSpec({ securityContext: { ...podSecurity, ...security }, ...more }),
});
const unset = (name: string, security: Json, more: Json = {}): PodRow => ({
  name,
  spec: { containers: [container(security)], ...more },
});
const spec = (name: string, more: Json): PodRow => ({ name, spec: goodSpec(more) });
const annotated = (name: string, annotations: Readonly<Record<string, string>>, of: Json = goodSpec()): PodRow => ({
  name,
  spec: of,
  annotations,
});

const bare: Json = { name: "c", image: "i" };
const usual: readonly PodRow[] = [
  { name: "good", spec: goodSpec() },
  { name: "says nothing", spec: { containers: [bare] } },
  {
    name: "three that say nothing",
    spec: { initContainers: [named("x", bare)], containers: [bare, named("d", bare)] },
  },
];

const host: readonly PodRow[] = [
  spec("host network", { hostNetwork: true }),
  spec("host pid", { hostPID: true }),
  spec("all of the host", { hostNetwork: true, hostPID: true, hostIPC: true }),
  spec("port of the host", { containers: [container({}, { ports: [{ containerPort: 80, hostPort: 8080 }] })] }),
  spec("ports of the host", {
    initContainers: [named("i", container({}, { ports: [{ containerPort: 1, hostPort: 9 }] }))],
    containers: [
      container(
        {},
        {
          ports: [
            { containerPort: 80, hostPort: 30 },
            { containerPort: 81, hostPort: 200 },
          ],
        },
      ),
      named("d", container({}, { ports: [{ containerPort: 81, hostPort: 4 }] })),
    ],
  }),
  spec("host network and a port", {
    hostNetwork: true,
    containers: [container({}, { ports: [{ containerPort: 80 }] })],
  }),
];

const probe = (address: string): Json => ({ httpGet: { port: 80, host: address } });
const handlers: readonly PodRow[] = [
  spec("probe of a host", { containers: [container({}, { livenessProbe: probe("10.0.0.1") })] }),
  spec("probes of hosts", {
    containers: [
      named("z", container({}, { readinessProbe: { tcpSocket: { port: 80, host: "b" } }, livenessProbe: probe("a") })),
      named("a", container({}, { startupProbe: probe("c"), lifecycle: { preStop: probe("d") } })),
      named("m", container({}, { lifecycle: { postStart: { tcpSocket: { port: 1, host: "a" } } } })),
    ],
  }),
  spec("probe of itself", { containers: [container({}, { livenessProbe: { httpGet: { port: 80 } } })] }),
];

const privileges: readonly PodRow[] = [
  unset("privileged", { privileged: true, allowPrivilegeEscalation: true }),
  many("two privileged", { privileged: true, allowPrivilegeEscalation: true }, { privileged: false }),
  one("may escalate", { allowPrivilegeEscalation: true }),
  many("some may escalate", { allowPrivilegeEscalation: true }, { allowPrivilegeEscalation: null }),
  one("adds a usual capability", { capabilities: { drop: ["ALL"], add: ["CHOWN"] } }),
  one("adds NET_BIND_SERVICE", { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }),
  one("adds others", { capabilities: { add: ["NET_RAW", "SYS_ADMIN", "KILL"] } }),
  many("two add others", { capabilities: { drop: ["ALL"], add: ["SYS_TIME"] } }, { capabilities: { add: ["BPF"] } }),
  one("drops another", { capabilities: { drop: ["KILL"] } }),
  one("drops all, in small letters", { capabilities: { drop: ["all"] } }),
  one("unmasked proc", { procMount: "Unmasked" }, { hostUsers: false }),
  one("unmasked proc on the node", { procMount: "Unmasked" }),
  one("default proc", { procMount: "Default" }),
];

const users: readonly PodRow[] = [
  whole("root pod", { runAsNonRoot: false }),
  one("root container", { runAsNonRoot: false }),
  many(
    "root everywhere",
    { runAsNonRoot: false },
    { runAsNonRoot: true },
    { securityContext: { runAsNonRoot: false } },
  ),
  many("some say non-root", { runAsNonRoot: true }, {}, { securityContext: {} }),
  whole("user 0", { runAsUser: 0 }),
  whole("user 1", { runAsUser: 1 }),
  many("users 0", { runAsUser: 0 }, { runAsUser: 1000 }),
  many("users 0 everywhere", { runAsUser: 0 }, { runAsUser: 0 }, { securityContext: { ...podSecurity, runAsUser: 0 } }),
  unset("root of a user namespace", { runAsUser: 0, runAsNonRoot: false }, { hostUsers: false }),
  unset("says nothing in a user namespace", {}, { hostUsers: false }),
  unset("says nothing, users of the node", {}, { hostUsers: true }),
];

const seccomp = (type: string): Json => ({
  seccompProfile: type === "Localhost" ? { type, localhostProfile: "p" } : { type },
});
const armor = (type: string): Json => ({
  appArmorProfile: type === "Localhost" ? { type, localhostProfile: "p" } : { type },
});
/** Annotations and fields of seccomp have to say the same. */
const unfiltered: Json = goodSpec({ securityContext: { runAsNonRoot: true } });
const apparmor = "container.apparmor.security.beta.kubernetes.io";
const profiles: readonly PodRow[] = [
  whole("unconfined", seccomp("Unconfined")),
  one("unconfined container", seccomp("Unconfined")),
  many("unconfined everywhere", seccomp("Unconfined"), seccomp("Localhost"), {
    securityContext: { ...podSecurity, ...seccomp("Unconfined") },
  }),
  many("some choose a profile", seccomp("RuntimeDefault"), {}, { securityContext: { runAsNonRoot: true } }),
  whole("own profile", seccomp("Localhost")),
  annotated("seccomp annotation", { "seccomp.security.alpha.kubernetes.io/pod": "unconfined" }, unfiltered),
  annotated(
    "seccomp annotations",
    {
      "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
      "container.seccomp.security.alpha.kubernetes.io/c": "unconfined",
      "container.seccomp.security.alpha.kubernetes.io/none": "unconfined",
    },
    unfiltered,
  ),
  annotated(
    "good seccomp annotations",
    {
      "seccomp.security.alpha.kubernetes.io/pod": "docker/default",
      "container.seccomp.security.alpha.kubernetes.io/c": "localhost/x",
    },
    unfiltered,
  ),
  whole("no AppArmor", armor("Unconfined")),
  one("no AppArmor in a container", armor("Unconfined")),
  many("no AppArmor anywhere", armor("Unconfined"), armor("Localhost"), {
    securityContext: { ...podSecurity, ...armor("Unconfined") },
  }),
  annotated("AppArmor annotation", { [`${apparmor}/c`]: "unconfined" }),
  annotated("good AppArmor annotation", { [`${apparmor}/c`]: "runtime/default" }),
  annotated("AppArmor annotation of no container", { [`${apparmor}/none`]: "unconfined" }),
];

const seLinux = (options: Json): Json => ({ seLinuxOptions: options });
const linux: readonly PodRow[] = [
  whole("SELinux type", seLinux({ type: "spc_t" })),
  whole("SELinux type of engines", seLinux({ type: "container_engine_t" })),
  whole("SELinux level", seLinux({ type: "container_t", level: "s0" })),
  one("SELinux user", seLinux({ user: "u" })),
  many("all of SELinux", seLinux({ user: "u", type: "b_t" }), seLinux({ role: "r", type: "a_t" }), {
    securityContext: { ...podSecurity, ...seLinux({ type: "container_engine_t", role: "r" }) },
  }),
  ...[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_rmem",
    "kernel.msgmax",
  ].map((name) => whole(`sysctl ${name}`, { sysctls: [{ name, value: "1" }] })),
  whole("three sysctls", {
    sysctls: ["net.core.somaxconn", "net.ipv4.tcp_wmem", "kernel.sem"].map((name) => ({ name, value: "1" })),
  }),
];

const volume = (name: string, source: Json): Json => ({ name, ...source });
const volumes: readonly PodRow[] = [
  spec("host path", { volumes: [volume("v", { hostPath: { path: "/" } })] }),
  spec("host paths and more", {
    volumes: [
      volume("v", { hostPath: { path: "/" } }),
      volume("w", { nfs: { server: "s", path: "/" } }),
      volume("u", { hostPath: { path: "/" } }),
      volume("e", { emptyDir: {} }),
    ],
  }),
  ...[
    { iscsi: { targetPortal: "1.2.3.4", iqn: "iqn.2001-04.com.example:s", lun: 0 } },
    { gitRepo: { repository: "r" } },
    { rbd: { monitors: ["m"], image: "i" } },
    { azureFile: { secretName: "s", shareName: "n" } },
    { fc: { targetWWNs: ["w"], lun: 0 } },
    { awsElasticBlockStore: { volumeID: "v" } },
    { gcePersistentDisk: { pdName: "p" } },
    { cephfs: { monitors: ["m"] } },
    { flexVolume: { driver: "d/d" } },
    { storageos: { volumeName: "v" } },
    { portworxVolume: { volumeID: "v" } },
    { photonPersistentDisk: { pdID: "v" } },
    { csi: { driver: "d" } },
    { image: { reference: "r" } },
    {
      ephemeral: {
        volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } } },
      },
    },
  ].map((source) => spec(`volume ${Object.keys(source)[0]}`, { volumes: [volume("v", source)] })),
];

const process = { windowsOptions: { hostProcess: true } };
const windows: readonly PodRow[] = [
  { name: "windows", spec: { os: { name: "windows" }, containers: [bare] } },
  {
    name: "windows, non-root",
    spec: { os: { name: "windows" }, securityContext: { runAsNonRoot: true }, containers: [bare] },
  },
  { name: "linux", spec: { os: { name: "linux" }, containers: [bare] } },
  {
    name: "process of the host",
    spec: { os: { name: "windows" }, hostNetwork: true, securityContext: process, containers: [bare] },
  },
  {
    name: "processes of the host",
    spec: {
      os: { name: "windows" },
      hostNetwork: true,
      containers: [
        { ...bare, securityContext: process },
        { ...named("d", bare), securityContext: process },
      ],
    },
  },
];

export const podRows: readonly PodRow[] = [
  ...usual,
  ...host,
  ...handlers,
  ...privileges,
  ...users,
  ...profiles,
  ...linux,
  ...volumes,
  ...windows,
];
