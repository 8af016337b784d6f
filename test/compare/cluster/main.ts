/**
 * A whole cluster of ours against what was recorded from upstream's: kubectl's answers, and how pods and workloads unfold.
 *
 *     node test/compare/cluster/main.ts [--kubeconfig FILE] [--only lifecycles|transcripts] [--scenario NAME] [--no-write]
 *
 * Starts a cluster of its own with the suite's images and takes it away again, or takes the running one that `--kubeconfig`
 * names, which must have them. Details are kept under `out/compare/`. A whole run puts its table into
 * docs/scoreboard.md; `--write` a part, too.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { suiteImages } from "#test/conformance/images/suite.ts";
import { findKubectl, TestCluster } from "#test/support/cluster.ts";
import { dated, writeSection } from "#test/support/scoreboard.ts";
import { Kubectl } from "./kubectl.ts";
import { runLifecycles, type ScenarioResult } from "./lifecycles.ts";
import { runTranscripts, type TranscriptResult } from "./transcripts.ts";

const { values: flags } = parseArgs({
  options: {
    kubeconfig: { type: "string" },
    only: { type: "string" },
    scenario: { type: "string" },
    write: { type: "boolean" },
  },
  allowNegative: true,
});
/**
 * What depends on how fast the machine is today: a warning of a probe more, a restart more, which of two pods of a set a
 * controller ends first (a dozen fields of each then differ).
 */
const allowedDifferences = 80;
const outDir = new URL("../../../out/compare/", import.meta.url);
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

async function connectOrStart(): Promise<{ kubectl: Kubectl } & AsyncDisposable> {
  const env = { KUBECTL_EXTERNAL_DIFF: "diff -u -N" };
  if (flags.kubeconfig !== undefined) {
    const kubectl = new Kubectl([findKubectl()], { ...env, KUBECONFIG: flags.kubeconfig });
    return { kubectl, [Symbol.asyncDispose]: async () => undefined };
  }
  print("making the images");
  const images = await suiteImages(process.env["ORACLE_DIR"] ?? join(homedir(), ".cache/oracle"));
  print("starting a cluster");
  const cluster = await TestCluster.start();
  try {
    await cluster.loadImages(images);
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
const differ =
  lifecycles.reduce((sum, { differences }) => sum + differences.length, 0) +
  transcripts.filter((one) => !one.same).length;
if (differ > 0) print(`${differ} differences: out/compare/lifecycles.json, out/compare/transcripts.json`);
if (flags.write ?? (flags.only === undefined && flags.scenario === undefined)) {
  const head = `${await dated()}; \`make compare CLUSTER=1\`.`;
  await writeSection("compare-cluster", "A cluster beside recorded behaviour", `${head}\n\n${table}`);
}
process.exitCode = differ > allowedDifferences ? 1 : 0;
