/** kubectl as the scenario uses it. */
import { type ExecFileException, execFile } from "node:child_process";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  /** Whatever the exit code. `words` are split at spaces, `more` are taken as they are. */
  attempt(words: string, more?: readonly string[]): Promise<Answer>;
  /** Creates or changes objects. Throws when it is refused. */
  apply(yaml: string): Promise<void>;
}

const commandMs = 60_000;
const outputBytesMax = 8 * 1024 * 1024;

export function kubectlOf(program: string, kubeconfig: string): Kubectl {
  const call = (args: readonly string[], stdin = ""): Promise<Answer> =>
    new Promise((resolve) => {
      const options = { timeout: commandMs, maxBuffer: outputBytesMax };
      const all = ["--kubeconfig", kubeconfig, ...args];
      const child = execFile(program, all, options, (error: ExecFileException | null, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(stdin);
    });
  return {
    attempt: (words, more = []) => call([...words.split(" "), ...more]),
    async apply(yaml) {
      ensureOk(await call(["apply", "-f", "-"], yaml), "apply");
    },
  };
}

export function ensureOk({ code, stdout, stderr }: Answer, what: string): string {
  if (code !== 0) throw new Error(`kubectl ${what}: exit code ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}
