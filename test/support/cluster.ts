/**
 * A whole cluster for a test, beside whatever else runs here: directories, control groups and a network namespace of its
 * own, in which the usual ports are free. Driven with upstream's kubectl.
 */
import { type ChildProcess, type ExecFileException, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = new URL("../..", import.meta.url).pathname;
const outputBytesMax = 32 * 1024 * 1024;

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly timeoutMs?: number;
}

/** Runs a program to its end; never rejects for an exit code. */
function run(file: string, args: readonly string[], { stdin, timeoutMs = 60_000 }: RunOptions = {}): Promise<Result> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: "SIGKILL" as const, maxBuffer: outputBytesMax, cwd: root };
    const child = execFile(file, [...args], options, (error: ExecFileException | null, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr: error?.killed ? `${stderr}\nkilled after ${timeoutMs} ms` : stderr });
    });
    // A program that ends without reading its input is no failure of ours.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin ?? "");
  });
}

/** Upstream's kubectl: `KUBECTL`, the one that was built here, or the one on PATH. */
export function findKubectl(): string {
  const path = (process.env["PATH"] ?? "").split(":").map((dir) => `${dir}/kubectl`);
  const candidates = [
    process.env["KUBECTL"] ?? "",
    join(root, ".cache/kubectl"),
    join(homedir(), ".cache/oracle/bin/kubectl"),
    ...path,
  ];
  const found = candidates.find((candidate) => candidate !== "" && existsSync(candidate));
  if (found === undefined) throw new Error("There is no kubectl: set KUBECTL, or run `make kubectl` to build it.");
  return found;
}

export interface StartOptions {
  /** 1 when absent. */
  readonly nodes?: number;
  readonly apiServers?: number;
}

export class TestCluster implements AsyncDisposable {
  readonly directory: string;
  readonly netns: string;
  readonly #kubectl = findKubectl();
  readonly #options: StartOptions;

  private constructor(directory: string, netns: string, options: StartOptions) {
    this.#options = options;
    this.directory = directory;
    this.netns = netns;
  }

  /** A cluster that is up. Rejects with the output of `kubets up` when it does not come up. */
  static async start(options: StartOptions = {}): Promise<TestCluster> {
    const directory = await mkdtemp(join(tmpdir(), "kubets-e2e-"));
    const name = directory.slice(directory.lastIndexOf("/") + 1).toLowerCase();
    const cluster = new TestCluster(directory, name, options);
    try {
      await must(run("ip", ["netns", "add", name]));
      await must(run("ip", ["-n", name, "link", "set", "lo", "up"]));
      await must(cluster.up());
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get runDir(): string {
    return join(this.directory, "run");
  }

  #entered(command: readonly string[]): [string, string[]] {
    return ["nsenter", [`--net=/run/netns/${this.netns}`, "--", ...command]];
  }

  /** Runs a command in the cluster's network namespace. */
  exec(command: readonly string[], options?: RunOptions): Promise<Result> {
    const [file, args] = this.#entered(command);
    return run(file, args, options);
  }

  #kubets(args: readonly string[]): Promise<Result> {
    const entry = process.env["KUBETS_ENTRY"] ?? join(root, "cmd/kubets/main.ts");
    const place = ["--data-dir", join(this.directory, "data")];
    return this.exec([process.execPath, entry, ...args, ...place], { timeoutMs: 120_000 });
  }

  up(): Promise<Result> {
    const { nodes: count = 1, apiServers = 1 } = this.#options;
    const nodes = ["--nodes", String(count), "--api-servers", String(apiServers)];
    const places = ["--run-dir", this.runDir, "--cgroup-root", `/${this.netns}`, ...nodes];
    return this.#kubets(["up", "--merge-kubeconfig=false", ...places]);
  }

  down(): Promise<Result> {
    return this.#kubets(["down"]);
  }

  status(): Promise<Result> {
    return this.#kubets(["status"]);
  }

  get kubeconfig(): string {
    return join(this.directory, "data/admin.kubeconfig");
  }

  /** OCI or docker archive into every node. Rejects with what was said. */
  async loadImages(archive: string): Promise<void> {
    await must(this.#kubets(["image", "load", archive]));
  }

  /** kubectl without arguments, to be run in the cluster's network namespace with the kubeconfig above. */
  enteredKubectl(): string[] {
    const [file, args] = this.#entered([this.#kubectl]);
    return [file, ...args];
  }

  #kubectlCommand(args: readonly string[]): string[] {
    return [this.#kubectl, "--kubeconfig", this.kubeconfig, ...args];
  }

  /** kubectl, whatever its exit code. */
  tryKubectl(args: readonly string[], options?: RunOptions): Promise<Result> {
    return this.exec(this.#kubectlCommand(args), options);
  }

  /** kubectl that must succeed; returns its output. `words` are split at spaces, `more` are taken as they are. */
  async kubectl(words: string, more: readonly string[] = [], options?: RunOptions): Promise<string> {
    return (await must(this.tryKubectl([...words.split(" "), ...more], options))).stdout;
  }

  /** kubectl in the background, for port-forward and the like. The caller ends it. */
  spawnKubectl(args: readonly string[]): ChildProcess {
    const [file, all] = this.#entered(this.#kubectlCommand(args));
    return spawn(file, all, { stdio: ["pipe", "pipe", "pipe"] });
  }

  async pid(component: string): Promise<number> {
    return Number((await readFile(join(this.runDir, `${component}.pid`), "utf8")).trim());
  }

  /** Stops and removes everything; safe to call in any state. */
  async [Symbol.asyncDispose](): Promise<void> {
    const keep = process.env["KUBETS_KEEP"] !== undefined;
    if (keep) return;
    await this.#kubets(["clean", "--run-dir", this.runDir]);
    await run("ip", ["netns", "del", this.netns]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function must(running: Promise<Result>): Promise<Result> {
  const result = await running;
  if (result.code !== 0) throw new Error(`exit code ${result.code}\n${result.stdout}\n${result.stderr}`);
  return result;
}

export interface EventuallyOptions {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/** Repeats `probe` until it neither throws nor returns false; the last failure is the error after `withinMs` (30 s). */
export async function eventually<T>(
  probe: () => Promise<T | false>,
  { withinMs = 30_000, everyMs = 200 }: EventuallyOptions = {},
): Promise<T> {
  const end = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const value = await probe();
      if (value !== false) return value;
      last = new Error("it stayed false");
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`not within ${withinMs} ms`, { cause: last });
}
