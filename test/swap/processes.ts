/** The processes of one cluster: each started once, its output in a file, and any that ends by itself is a finding. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "./commands.ts";

const graceMs = 5000;
const tailCharacters = 1500;

export interface StartOptions {
  /** Beside this program's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A group of its own: Ctrl-C reaches this program alone, which then stops it in its turn. */
  readonly detached?: boolean;
}

interface Started {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

export class Processes implements AsyncDisposable {
  readonly #logs: string;
  readonly #started: Started[] = [];
  readonly #died = new Map<string, string>();
  #stopping = false;

  /** `logs` is a directory that exists. */
  constructor(logs: string) {
    this.#logs = logs;
  }

  /** Returns its pid; 0 when it could not be started, which `ensureAlive` then tells. */
  start(name: string, { file, args }: Command, { env = {}, detached = false }: StartOptions = {}): number {
    const log = openSync(join(this.#logs, `${name}.log`), "a");
    const child = spawn(file, [...args], {
      stdio: ["ignore", log, log],
      cwd: "/",
      detached,
      env: { ...process.env, ...env },
    });
    closeSync(log);
    const ended = new Promise<void>((resolve) => {
      const end = (how: string): void => {
        if (!this.#stopping) this.#died.set(name, how);
        resolve();
      };
      child.once("error", (error) => end(error.message));
      child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    });
    this.#started.push({ name, child, ended });
    return child.pid ?? 0;
  }

  /** Throws when any process ended, with how it did and the end of its log. */
  async ensureAlive(): Promise<void> {
    for (const [name, how] of this.#died) {
      const log = await readFile(join(this.#logs, `${name}.log`), "utf8").catch(() => "");
      throw new Error(`${name} ended: ${how}\n${log.slice(-tailCharacters)}`);
    }
  }

  /** The last one started ends first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    for (const { child, ended } of this.#started.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(timer);
    }
  }
}
