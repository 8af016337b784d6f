/** The specs of the suite: which there are, and what ginkgo's output says of each while it runs. Mostly pure. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const outputBytesMax = 64 * 1024 * 1024;
const listMsMax = 120_000;

export type SpecState = "passed" | "failed" | "skipped";

export interface SpecResult {
  /** As upstream's list of conformance tests has it: `[sig-apps] Job should … [Conformance]`. */
  readonly name: string;
  readonly state: SpecState;
  readonly seconds: number;
  /** What a failed spec printed, its last part. */
  readonly output?: string;
}

interface Report {
  readonly SpecReports?: readonly {
    readonly ContainerHierarchyTexts?: readonly string[] | null;
    readonly LeafNodeType: string;
    readonly LeafNodeText: string;
    readonly State: string;
  }[];
}

/** The names that a focus and a skip choose. Throws when there are none: a suite of nothing would pass. */
export async function listSpecs(programs: string, focus: string, skip: string): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-specs-"));
  try {
    const choose = [`--focus=${focus}`, ...(skip === "" ? [] : [`--skip=${skip}`])];
    const args = ["--dry-run", ...choose, "--json-report=specs.json", `--output-dir=${directory}`];
    const suite = [join(programs, "e2e.test"), "--", "--provider=skeleton", "--kubeconfig=/nonexistent"];
    await run(join(programs, "ginkgo"), [...args, ...suite], { timeout: listMsMax, maxBuffer: outputBytesMax });
    const reports = JSON.parse(await readFile(join(directory, "specs.json"), "utf8")) as Report[];
    const names = reports.flatMap(chosenNames);
    if (names.length === 0) throw new Error(`no spec matches ${focus}`);
    return names;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function chosenNames({ SpecReports = [] }: Report): string[] {
  return SpecReports.filter((spec) => spec.LeafNodeType === "It" && spec.State === "passed").map((spec) =>
    [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].join(" "),
  );
}

/** A focus for exactly these specs; ginkgo matches it against the suite's title and the spec's text. */
export function focusOn(names: readonly string[]): string {
  return `(?:${names.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})$`;
}

const headPattern = /^(?:•|S|P)(?: \[([A-Z ]+)\])?(?: \[([\d.]+) seconds\])?$/;
/** Where in the spec it ended, and its labels, are ginkgo's additions to the name. */
const nodePattern = / \[(?:It|BeforeEach|AfterEach|JustBeforeEach|BeforeAll|AfterAll|DeferCleanup \([A-Za-z]+\))\] /;
const separator = /^-{20,}$/;
const specOutputMax = 6000;

/** Reads ginkgo's output (`-v`, no colour, whole lines) and tells of each spec as it ends. */
export class OutputReader {
  readonly #known: ReadonlySet<string>;
  readonly #onResult: (result: SpecResult) => void;
  #lines: string[] = [];
  #rest = "";

  constructor(known: readonly string[], onResult: (result: SpecResult) => void) {
    this.#known = new Set(known);
    this.#onResult = onResult;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (separator.test(line)) this.end();
      else this.#lines.push(line);
    }
  }

  /** What was read since the last separator is whole. */
  end(): void {
    const block = this.#lines;
    this.#lines = [];
    const at = block.findIndex((line) => headPattern.test(line) && line !== "S" && line !== "P");
    if (at < 0) return;
    const [, state, seconds] = headPattern.exec(block[at] ?? "") ?? [];
    const name = this.#nameIn(block[at + 1] ?? "");
    if (name === undefined) return;
    const common = { name, seconds: Number(seconds ?? 0) };
    if (state === undefined) this.#onResult({ ...common, state: "passed" });
    else {
      const output = block.slice(at).join("\n").slice(-specOutputMax);
      this.#onResult({ ...common, state: state === "SKIPPED" ? "skipped" : "failed", output });
    }
  }

  #nameIn(line: string): string | undefined {
    const plain = line.replace(nodePattern, " ");
    if (this.#known.has(plain)) return plain;
    const unlabelled = plain.replace(/ \[[^\]]*\]$/, "");
    return this.#known.has(unlabelled) ? unlabelled : undefined;
  }
}
