/**
 * A whole cluster of ours against what was recorded from upstream's: kubectl's answers, and how pods and workloads unfold.
 *
 *     node test/compare/cluster/main.ts --images FILE [--kubeconfig FILE] [--only lifecycles|transcripts] [--scenario NAME] [--write]
 *
 * Starts a cluster of its own and takes it away again, or takes the running one that `--kubeconfig` names. `--images`: archive
 * with the images that the commands name. Details are kept under `out/compare/`; `--write` puts the table into
 * docs/scoreboard.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { findKubectl, TestCluster } from "#test/support/cluster.ts";
import { writeSection } from "../scoreboard.ts";
import { Kubectl } from "./kubectl.ts";
import { runLifecycles, type ScenarioResult } from "./lifecycles.ts";
import { runTranscripts, type TranscriptResult } from "./transcripts.ts";

const { values: flags } = parseArgs({
  options: {
    images: { type: "string" },
    kubeconfig: { type: "string" },
    only: { type: "string" },
    scenario: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const outDir = new URL("../../../out/compare/", import.meta.url);
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

async function connectOrStart(): Promise<{ kubectl: Kubectl } & AsyncDisposable> {
  const env = { KUBECTL_EXTERNAL_DIFF: "diff -u -N" };
  if (flags.kubeconfig !== undefined) {
    const kubectl = new Kubectl([findKubectl()], { ...env, KUBECONFIG: flags.kubeconfig });
    return { kubectl, [Symbol.asyncDispose]: async () => undefined };
  }
  if (flags.images === undefined) throw new Error("--images is needed: the archive with the images that are named");
  print("starting a cluster");
  const cluster = await TestCluster.start();
  try {
    await cluster.loadImages(flags.images);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  const kubectl = new Kubectl(cluster.enteredKubectl(), { ...env, KUBECONFIG: cluster.kubeconfig });
  return { kubectl, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

function tableOf(transcripts: readonly TranscriptResult[], lifecycles: readonly ScenarioResult[]): string {
  const rows = lifecycles.map(
    ({ name, checked, differences }) => `| lifecycle ${name} | ${checked - differences.length} | ${checked} |`,
  );
  const same = transcripts.filter((one) => one.same).length;
  if (transcripts.length > 0) rows.unshift(`| kubectl commands | ${same} | ${transcripts.length} |`);
  return ["| recorded from upstream | as upstream | of |", "|---|---|---|", ...rows].join("\n");
}

await mkdir(outDir, { recursive: true });
await using compared = await connectOrStart();
const { kubectl } = compared;
const lifecycles =
  flags.only === "transcripts"
    ? []
    : await runLifecycles(kubectl, {
        ...(flags.scenario === undefined ? {} : { only: flags.scenario }),
        progress: print,
      });
const transcripts = flags.only === "lifecycles" ? [] : await runTranscripts(kubectl);
await writeFile(new URL("lifecycles.json", outDir), JSON.stringify(lifecycles, null, 1));
await writeFile(
  new URL("transcripts.json", outDir),
  JSON.stringify(
    transcripts.filter(({ same }) => !same),
    null,
    1,
  ),
);
const table = tableOf(transcripts, lifecycles);
print(table);
if (flags.write) await writeSection("compare-cluster", "A cluster against recorded behaviour", table);
