/** Progress of a command, one line a step, with how long the step took. */

export interface Progress {
  /** Runs a step and prints its line when it ends; a failure passes on unchanged. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function consoleProgress(write: (line: string) => void = (line) => process.stdout.write(`${line}\n`)): Progress {
  return {
    async step(title, work) {
      const start = performance.now();
      const result = await work();
      write(`  ${title.padEnd(44, " ")} ${duration(performance.now() - start).padStart(8, " ")}`);
      return result;
    },
    note: write,
  };
}

/** A refusal that the user can act on: printed as it is, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}
