/** Starts the supervisor as a process of its own, in the node's mount namespace. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { ClusterConfig } from "../config.ts";
import { cniCacheDir, logFile, pidFile } from "../layout.ts";
import { ensureProgram } from "../machine.ts";
import { clusterMark, clusterProcesses, isOurs, processMark, readPidFile } from "../process-table.ts";
import type { Program } from "./children.ts";
import { nodeEnvironment } from "./compile-cache.ts";

const cniLibraryDir = "/var/lib/cni";

export function supervisorPid(config: Pick<ClusterConfig, "runDir" | "dataDir">): number | undefined {
  const pid = readPidFile(pidFile(config, "supervisor"));
  return pid !== undefined && isOurs(pid, config.runDir, "supervisor") ? pid : undefined;
}

/**
 * The node's mounts live in a mount namespace of their own, shared within it (HostToContainer volumes need that) and a
 * slave of the machine's: when the last process of the node ends, the kernel takes every one of its mounts away.
 * Where a process of the cluster already runs, its namespace is joined.
 *
 * containerd's CNI library keeps a file for each sandbox in a directory that cannot be configured; here it is the
 * cluster's own, so that sandboxes that were not taken down (a machine that stopped) leave nothing behind on the machine.
 */
function inMountNamespace(config: ClusterConfig): string[] {
  const living = clusterProcesses(config.runDir)[0];
  if (living !== undefined) return [ensureProgram("nsenter"), "--mount", "--target", String(living), "--"];
  const cache = cniCacheDir(config);
  for (const dir of [cache, cniLibraryDir]) mkdirSync(dir, { recursive: true });
  const enter = `mount --make-rshared / && mount --bind "$0" ${cniLibraryDir} && exec "$@"`;
  return [ensureProgram("unshare"), "--mount", "--propagation", "slave", "sh", "-c", enter, cache];
}

function spawnDetached(config: ClusterConfig, program: Program, command: readonly string[]): void {
  const path = logFile(config, "supervisor");
  mkdirSync(dirname(path), { recursive: true });
  const log = openSync(path, "a", 0o640);
  try {
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        ...nodeEnvironment(program.entry, config),
        [clusterMark]: config.runDir,
        [processMark]: "supervisor",
      },
    });
    child.on("error", () => undefined);
    child.unref();
  } finally {
    closeSync(log);
  }
}

function supervisorCommand(config: ClusterConfig, program: Program): string[] {
  return [program.node, "--max-semi-space-size=1", program.entry, "supervise", "--data-dir", config.dataDir];
}

/** From `kubets up`, which is outside of the node's mount namespace. */
export function launchSupervisor(config: ClusterConfig, program: Program): void {
  spawnDetached(config, program, [...inMountNamespace(config), ...supervisorCommand(config, program)]);
}

/** From one of the supervisor's own children, which already is inside. */
export function relaunchSupervisor(config: ClusterConfig, program: Program): void {
  spawnDetached(config, program, supervisorCommand(config, program));
}
