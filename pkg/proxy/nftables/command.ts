/** Runs the firewall's programs, in another network namespace where one is named. */
import { spawn } from "node:child_process";

export interface CommandOptions {
  readonly netns?: string | undefined;
  readonly signal?: AbortSignal;
}

const timeoutMs = 30_000;
const outputBytesMax = 64 * 1024;

/** Resolves with standard output; rejects with what the program said when it fails. */
export function run(program: string, args: readonly string[], input: string, options: CommandOptions): Promise<string> {
  const [command, ...rest] = options.netns
    ? ["ip", "netns", "exec", options.netns, program, ...args]
    : [program, ...args];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command!, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (out.length < outputBytesMax) out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (err.length < outputBytesMax) err += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve(out);
    else reject(new Error(`${program} ended with ${code}: ${err.trim().slice(0, 2000)}`));
  });
  child.stdin.end(input);
  return promise;
}
