/** 164 kubectl commands whose exit code and output were recorded from upstream. */
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, Kubectl } from "./kubectl.ts";
import { normalize } from "./normal.ts";

interface Recorded {
  readonly cmd: string;
  readonly exit: number;
  /** Absent: only the exit code was kept. */
  readonly out?: string;
  readonly err?: string;
}

export interface TranscriptResult {
  readonly command: string;
  readonly same: boolean;
  readonly want: Recorded;
  readonly got: Answer;
}

const data = fileURLToPath(new URL("../../data/kubectl/", import.meta.url));

/** Their text is about the machine, the moment or the version: only the exit code is compared. */
const exitOnly = new RegExp(
  `^(${[
    "version",
    "cluster-info",
    "config",
    "describe node",
    "get leases",
    "explain",
    "get --raw /openapi",
    "get --raw /metrics",
    "get --raw /readyz",
    "get --raw /livez",
    "events",
    "get deploy,rs,po",
    "rollout status",
    "get all",
    "exec solo -n kctl -- cat",
    "get pod solo -n kctl -o yaml",
    "create token",
    "auth whoami",
    "logs",
  ].join("|")})`,
);

/** Lines about builds, and those that kubectl prints or not by how fast the cluster is. */
const passing = /Waiting for|buildDate|gitCommit|gitTreeState|goVersion|compiler|platform|gitVersion|^\s*generation/;

/** The node's name is `node-1` here and there. */
export async function runTranscripts(kubectl: Kubectl): Promise<TranscriptResult[]> {
  const recorded = JSON.parse(await readFile(join(data, "transcripts.json"), "utf8")) as Recorded[];
  const work = await mkdtemp(join(tmpdir(), "kubets-transcripts-"));
  try {
    await cp(join(data, "f"), join(work, "f"), { recursive: true });
    const results: TranscriptResult[] = [];
    for (const want of recorded) {
      const got = await kubectl.run(wordsOf(want.cmd), "", work);
      results.push({ command: want.cmd, same: isSame(want, got), want, got });
    }
    return results;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Words are parted by spaces that no backslash stands before; a cron schedule is one word. */
function wordsOf(command: string): string[] {
  const schedule = /--schedule=\S+( \S+){4}/.exec(command)?.[0];
  const mark = "\u0000";
  const hidden = (text: string) => text.replaceAll(" ", mark);
  const whole = schedule === undefined ? command : command.replace(schedule, hidden(schedule));
  return whole
    .replaceAll("\\ ", mark)
    .split(" ")
    .map((word) => word.replaceAll(mark, " "));
}

export function isSame(want: Recorded, got: Answer): boolean {
  if (got.exit !== want.exit) return false;
  if (want.out === undefined || exitOnly.test(want.cmd)) return true;
  return sameLines(want.out, got.out) && sameLines(want.err ?? "", got.err);
}

const sameLines = (a: string, b: string): boolean => linesOf(a).sort().join("\n") === linesOf(b).sort().join("\n");

export const linesOf = (text: string): string[] =>
  normalize(text, [[/(solo|j1|j2|web)-[a-z0-9]{5}\b/g, "$1-SUFFIX"]])
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !passing.test(line));
