/**
 * A private containerd for a test or a node: its own root, state, socket, CNI configuration and bridge in one directory.
 * Disposing it ends the child, then its shims, mounts and network namespaces, by what it wrote itself.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface ContainerdOptions {
  /** An empty directory of the caller's; everything lives below it. */
  readonly directory: string;
  readonly pauseImage: string;
  /** Archives to import into the `k8s.io` namespace. */
  readonly images?: readonly string[];
  /** The bridge's name, at most 15 characters, and the pods' subnet. */
  readonly bridge?: string;
  readonly subnet?: string;
  /** A CNI configuration directory made by somebody else, instead of bridge and subnet. */
  readonly cniDirectory?: string;
  /** Command in front of containerd, such as `["ip", "netns", "exec", "n1"]`. */
  readonly wrapper?: readonly string[];
}

export interface Containerd extends AsyncDisposable {
  readonly socket: string;
  /** `unix://…`, the kubelet's `--container-runtime-endpoint`. */
  readonly endpoint: string;
  readonly pid: number;
  importImage(archive: string): Promise<void>;
}

const readyTimeoutMs = 15_000;

function configOf(options: ContainerdOptions, cniDirectory: string): string {
  const { directory } = options;
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]

[grpc]
  address = "${directory}/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${options.pauseImage}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniDirectory}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

function cniConfigOf(options: ContainerdOptions): string {
  const bridge = {
    type: "bridge",
    bridge: options.bridge ?? "kbt0",
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: `${options.directory}/cni-data`,
      ranges: [[{ subnet: options.subnet ?? "10.89.0.0/24" }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  const plugins = [bridge, { type: "portmap", capabilities: { portMappings: true } }];
  return JSON.stringify({ cniVersion: "0.4.0", name: "pods", plugins });
}

async function answers(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const client = connect(socket, () => resolve(true)).on("error", () => resolve(false));
  const result = await promise;
  client.destroy();
  return result;
}

async function untilReady(child: ChildProcess, socket: string, log: string): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  while (!(await answers(socket))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`containerd did not come up:\n${readFileSync(log, "utf8").split("\n").slice(-20).join("\n")}`);
    }
    await sleep(20);
  }
}

/** Starts containerd and imports the images. Throws with the end of its log when it does not come up. */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { directory } = options;
  const socket = `${directory}/containerd.sock`;
  const log = `${directory}/containerd.log`;
  const cniDirectory = options.cniDirectory ?? `${directory}/cni`;
  mkdirSync(cniDirectory, { recursive: true });
  if (!options.cniDirectory) writeFileSync(`${cniDirectory}/10-pods.conflist`, cniConfigOf(options));
  writeFileSync(`${directory}/config.toml`, configOf(options, cniDirectory));
  const output = openSync(log, "a");
  const [command = "containerd", ...wrapped] = [...(options.wrapper ?? []), "containerd"];
  const child = spawn(command, [...wrapped, "--config", `${directory}/config.toml`], {
    stdio: ["ignore", output, output],
  });
  child.unref();
  const importImage = async (archive: string): Promise<void> => {
    await run("ctr", ["-a", socket, "-n", "k8s.io", "images", "import", archive]);
  };
  const containerd: Containerd = {
    socket,
    endpoint: `unix://${socket}`,
    pid: child.pid ?? 0,
    importImage,
    async [Symbol.asyncDispose]() {
      await stopShims(directory, socket);
      await stopChild(child);
      await cleanMounts(directory);
      if (options.bridge !== undefined || !options.cniDirectory) {
        await run("ip", ["link", "delete", options.bridge ?? "kbt0"]).catch(() => undefined);
      }
    },
  };
  try {
    await untilReady(child, socket, log);
    for (const archive of options.images ?? []) await importImage(archive);
  } catch (error) {
    await containerd[Symbol.asyncDispose]();
    throw error;
  }
  return containerd;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.ref();
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}

/** Ends the shims of this containerd only: those whose command line names its socket; their containers go with them. */
async function stopShims(directory: string, socket: string): Promise<void> {
  const tasks = `${directory}/state/io.containerd.runtime.v2.task/k8s.io`;
  const ids = existsSync(tasks) ? readdirSync(tasks) : [];
  for (const id of ids) {
    await run("ctr", ["-a", socket, "-n", "k8s.io", "tasks", "delete", "--force", id], { timeout: 5000 }).catch(
      () => undefined,
    );
  }
  for (const pid of shimPids(socket)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself with its last container.
    }
  }
}

function shimPids(socket: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words[0]?.includes("containerd-shim") === true && words.includes(socket);
      } catch {
        return false;
      }
    });
}

async function cleanMounts(directory: string): Promise<void> {
  const own = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length);
  for (const path of own) await run("umount", ["--lazy", path]).catch(() => undefined);
  rmSync(`${directory}/root`, { recursive: true, force: true });
  rmSync(`${directory}/state`, { recursive: true, force: true });
}
