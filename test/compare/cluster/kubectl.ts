/** Upstream's kubectl against the cluster that is compared. */
import { type ChildProcess, execFile, spawn } from "node:child_process";

export interface Answer {
  /** -1: it did not end in time. */
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

const timeoutMs = 180_000;
const outputBytesMax = 64 * 1024 * 1024;

export class Kubectl {
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  /** `command`: the program and what goes before the arguments, to enter a network namespace for example. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    this.#command = command;
    this.#env = { ...process.env, ...env };
  }

  run(args: readonly string[], stdin = "", cwd?: string): Promise<Answer> {
    const [file, ...before] = this.#command;
    const options = { timeout: timeoutMs, maxBuffer: outputBytesMax, env: this.#env, ...(cwd ? { cwd } : {}) };
    return new Promise((resolve) => {
      const child = execFile(file!, [...before, ...args], options, (error, out, err) => {
        const exit = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ exit, out, err });
      });
      // A program that ends without reading its input is no failure of ours.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(stdin);
    });
  }

  /** In the background; the caller ends it. */
  spawn(args: readonly string[]): ChildProcess {
    const [file, ...before] = this.#command;
    return spawn(file!, [...before, ...args], { env: this.#env, stdio: ["ignore", "pipe", "ignore"] });
  }
}
