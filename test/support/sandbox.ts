/**
 * A program with namespaces of its own for network, mounts and processes: every port is free in it, and when the program
 * ends (or whoever started it, by whatever signal) the kernel takes away every process, mount and device it made.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Run as process 1 of the sandbox; `wait` reaps what the runtime's shims leave. The new sysfs shows the sandbox's network
 * devices; control groups are bound back below it. State that programs keep in fixed places gets lost with the sandbox.
 */
const enter = `set -e
mount -t tmpfs run /run
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount --recursive /run/cgroup
mount -t tmpfs log /var/log
mount -t tmpfs kubelet /var/lib/kubelet
mount --make-rshared /
ip link set lo up
"$@" &
wait $!
`;

export interface SandboxOptions {
  /** Where standard output and error go: a file descriptor, or "pipe" (the default). */
  readonly output?: number | "pipe";
  readonly env?: Readonly<Record<string, string>>;
}

/** The command in a sandbox. Killing the returned process ends everything in it. */
export function spawnInSandbox(
  command: readonly string[],
  { output = "pipe", env }: SandboxOptions = {},
): ChildProcess {
  // The place of upstream's kubelet must be there to be covered.
  const cover = `mkdir -p /var/lib/kubelet && exec "$@"`;
  const unshare = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"];
  const args = ["-c", cover, "sh", ...unshare, "--kill-child", "sh", "-c", enter, "sh", ...command];
  return spawn("sh", args, { stdio: ["ignore", output, output], env: { ...process.env, ...env } });
}

export interface EndOptions {
  readonly timeoutMs: number;
  /** Ends the sandbox before. */
  readonly signal: AbortSignal;
}

/** How it ended: "exit code 0", a signal's name, or why it never began. It ends with this process at the latest. */
export async function sandboxEnd(child: ChildProcess, { timeoutMs, signal }: EndOptions): Promise<string> {
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  const timer = setTimeout(kill, timeoutMs);
  process.once("exit", kill);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  try {
    return await new Promise((resolve) => {
      child.once("error", ({ message }) => resolve(message));
      child.once("close", (code, killed) => resolve(killed ?? `exit code ${code}`));
    });
  } finally {
    clearTimeout(timer);
    process.off("exit", kill);
    signal.removeEventListener("abort", kill);
  }
}

async function removeTree(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(path, entry.name));
  await rmdir(path).catch(() => undefined);
}

async function hierarchies(): Promise<string[]> {
  const root = "/sys/fs/cgroup";
  // With version 2 alone the root is the one hierarchy, and its directories are groups.
  if (existsSync(join(root, "cgroup.controllers"))) return [root];
  return (await readdir(root)).map((name) => join(root, name));
}

/** Upstream's kubelet wants its root group to be there. */
export async function makeCgroups(group: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await mkdir(join(hierarchy, group), { recursive: true });
}

/** Control groups are the one thing that outlives a sandbox: removes these, of every hierarchy, once they are empty. */
export async function removeCgroups(group: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, group));
}
