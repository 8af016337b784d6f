/** A kubelet of our own in this process, with a containerd of its own and an API server over real etcd; no other component. */
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import https from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Event, Node, Pod, PodSpec } from "#api/types/core/v1";
import type { Client, Connection } from "#pkg/client/index.ts";
import { type KubeletOptions, startKubelet } from "#pkg/kubelet/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { createServiceAccount, startTestApiServer } from "./apiserver.ts";
import { busyboxImage, pauseImage, writeImageArchive } from "./busybox-image.ts";
import { type Containerd, startContainerd } from "./containerd.ts";
import { removeCgroups } from "./sandbox.ts";

export interface TestKubelet extends AsyncDisposable {
  /** system:masters. */
  readonly client: Client;
  readonly containerd: Containerd;
  readonly nodeName: string;
  node(): Promise<Node>;
  /** On the node, without a scheduler, in the machine's own network. */
  createPod(name: string, spec: Partial<PodSpec>): Promise<Pod>;
  pod(name: string): Promise<Pod>;
  /** `reason: message` of the Events about an object. */
  eventsAbout(name: string): Promise<string[]>;
  /** A page of the kubelet's own server. */
  page(path: string): Promise<string>;
  /** Ends the kubelet and starts it again, with these settings instead; pods go on. */
  restart(more?: Partial<KubeletOptions>): Promise<void>;
}

const nodeName = "node-1";
const namespace = "default";

export async function startTestKubelet(more: Partial<KubeletOptions> = {}): Promise<TestKubelet> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kubets-kubelet-"));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const cgroup = basename(directory).toLowerCase();
  started.defer(() => removeCgroups(cgroup));
  const server = started.use(await startTestApiServer());
  const { client } = server;
  await createServiceAccount(client);
  const archive = join(directory, "images.tar");
  writeImageArchive(archive);
  const runtime = join(directory, "containerd");
  await mkdir(runtime);
  const bridge = `kbt${process.pid % 100_000}`;
  const containerd = started.use(
    await startContainerd({ directory: runtime, pauseImage, images: [archive], bridge, subnet: "10.91.0.0/24" }),
  );
  const options: KubeletOptions = {
    connection: server.connection(pkiPaths.kubeletClient(nodeName)),
    nodeName,
    nodeIPs: ["127.0.0.1"],
    endpoint: containerd.endpoint,
    rootDir: join(directory, "kubelet"),
    podLogsDir: join(directory, "logs"),
    containerLogLinks: "",
    clusterDns: [],
    clusterDomain: "cluster.local",
    resolvConf: "/etc/resolv.conf",
    cgroupRoot: `/${cgroup}`,
    cgroupsPerQos: true,
    maxPods: 110,
    port: await freePort(),
    labels: {},
    taints: [],
    ...more,
  };
  await mkdir(options.rootDir);
  const start = (changed: Partial<KubeletOptions> = {}) =>
    startKubelet({ ...options, ...changed }, { signal: new AbortController().signal });
  let kubelet = await start();
  // After the pods, which are not the kubelet's to end.
  started.defer(() => kubelet[Symbol.asyncDispose]());
  started.defer(() => removePods(client));
  const all = started.move();
  return {
    client,
    containerd,
    nodeName,
    node: () => client.nodes.get({ name: nodeName }),
    createPod: (name, spec) => client.pods.create(podOf(name, spec)),
    pod: (name) => client.pods.get({ namespace, name }),
    async eventsAbout(name) {
      const { items } = await client.events.list({ namespace, fieldSelector: `involvedObject.name=${name}` });
      return items.map(({ reason, message }: Event) => `${reason}: ${message}`);
    },
    page: (path) => readPage(options.port, path, server.connection(pkiPaths.admin)),
    async restart(changed) {
      await kubelet[Symbol.asyncDispose]();
      kubelet = await start(changed);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function podOf(name: string, { containers = [], ...spec }: Partial<PodSpec>): Pod {
  const image = { image: busyboxImage, imagePullPolicy: "Never" as const };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      nodeName,
      hostNetwork: true,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: containers.map((container) => ({ ...image, ...container })),
      ...spec,
    },
  };
}

async function removePods(client: Client): Promise<void> {
  const { items } = await client.pods.list({ namespace });
  for (const { metadata } of items) {
    await client.pods.delete({ namespace, name: metadata.name ?? "" }).catch(() => undefined);
  }
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && (await client.pods.list({ namespace })).items.length > 0) {
    await sleep(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function readPage(port: number, path: string, { cert, key }: Connection): Promise<string> {
  const request = https.get({ port, path, cert, key, rejectUnauthorized: false, timeout: 10_000 });
  const [response] = await once(request, "response");
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${body}`);
  return body;
}
