/** Mounting through the mount(8) program: Node has no system call for it. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const commandTimeoutMs = 10_000;

async function command(name: string, args: readonly string[]): Promise<void> {
  try {
    await run(name, args, { timeout: commandTimeoutMs });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`${name} ${args.join(" ")}: ${stderr?.trim() || message}`, { cause: error });
  }
}

/** `sizeBytes` absent: the kernel's default, half of the memory. */
export async function mountTmpfs(path: string, sizeBytes?: bigint): Promise<void> {
  const options = sizeBytes === undefined ? [] : ["-o", `size=${sizeBytes}`];
  await command("mount", ["-t", "tmpfs", ...options, "tmpfs", path]);
}

/** Binds what the open descriptor `fd` refers to: no path is walked again, so no link can be swapped in between. */
export async function bindDescriptor(fd: number, target: string): Promise<void> {
  await command("mount", ["--no-canonicalize", "--bind", `/proc/${process.pid}/fd/${fd}`, target]);
}

export async function unmount(path: string): Promise<void> {
  await command("umount", ["--lazy", path]);
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
