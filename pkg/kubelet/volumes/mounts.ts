/** Mounting through the mount(8) program: Node has no system call for it. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

import type { DeviceMount } from "./block-device.ts";

const run = promisify(execFile);
const commandTimeoutMs = 10_000;

/** A program that failed, with what it said. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Its exit code, or the system's error where it could not be run. */
  readonly code: number | string | undefined;

  constructor(command: string, cause: unknown) {
    const { stderr, message, code } = cause as { stderr?: string; message: string; code?: number | string };
    super(`${command}: ${stderr?.trim() || message}`, { cause });
    this.code = code;
  }
}

/** What the program wrote. Rejects with CommandError. */
export async function runCommand(
  name: string,
  args: readonly string[],
  timeoutMs: number = commandTimeoutMs,
): Promise<string> {
  try {
    return (await run(name, args, { timeout: timeoutMs })).stdout;
  } catch (error) {
    throw new CommandError(`${name} ${args.join(" ")}`, error);
  }
}

/** `sizeBytes` absent: the kernel's default, half of the memory. */
export async function mountTmpfs(path: string, sizeBytes?: bigint): Promise<void> {
  const options = sizeBytes === undefined ? [] : ["-o", `size=${sizeBytes}`];
  await runCommand("mount", ["-t", "tmpfs", ...options, "tmpfs", path]);
}

/** Binds what the open descriptor `fd` refers to: no path is walked again, so no link can be swapped in between. */
export async function bindDescriptor(fd: number, target: string): Promise<void> {
  await runCommand("mount", ["--no-canonicalize", "--bind", `/proc/${process.pid}/fd/${fd}`, target]);
}

export async function unmount(path: string): Promise<void> {
  await runCommand("umount", ["--lazy", path]);
}

export interface BindOptions {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** More of mount(8)'s options. */
  readonly options: readonly string[];
}

export async function bindDirectory({ source, target, readOnly, options }: BindOptions): Promise<void> {
  const all = ["bind", ...(readOnly ? ["ro"] : []), ...options];
  await runCommand("mount", ["-o", all.join(","), source, target]);
}

export async function mountDevice({ device, target, fsType, readOnly, options }: DeviceMount): Promise<void> {
  const all = [...(readOnly ? ["ro"] : []), ...options, "defaults"];
  await runCommand("mount", ["-t", fsType, "-o", all.join(","), device, target]);
}

/** Mount points at or below a directory, the deepest first. */
export async function mountsBelow(directory: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  return table
    .split("\n")
    .map((line) => unescapePath(line.split(" ")[4] ?? ""))
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length);
}

const unescapePath = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
