/** The harness itself: it must not pass what a cluster did wrong or what nobody looked at. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaults } from "#pkg/cluster/config.ts";
import { allCombinations, type CombinationResult, isPassed, matrixOf, nameOf, stepNames } from "./combination.ts";
import { commandOf, kubeletConfiguration } from "./commands.ts";
import type { Answer, Kubectl } from "./kubectl.ts";
import { runScenario } from "./scenario.ts";

/** What a right cluster answers; the first pattern that matches counts. */
type Script = readonly (readonly [pattern: RegExp, answer: (call: number) => string | Answer])[];

const gone: Answer = { code: 1, stdout: "", stderr: 'Error from server (NotFound): namespaces "swap" not found\n' };

/** `message` is what the pods answer with at the moment. */
const right = (message: () => string): Script => [
  [/get nodes/, () => "True"],
  [/get deployment web/, () => "3,3,2,2,2,2"],
  [/get pods -l app=web/, () => "web-a web-b"],
  [/get service web/, () => "10.96.0.7"],
  [/get pod client/, () => "Running"],
  [/exec client/, (call) => `${message()} web-${call % 2 === 0 ? "a" : "b"}\n`],
  [/get job once/, () => "3,True"],
  [/logs -l job-name/, () => "it ran\nit ran\nit ran\n"],
  [/get replicasets .*jsonpath/, () => "0 2"],
  [/get namespace/, () => gone],
  [/delete namespace|-o name/, () => ""],
];

/** A kubectl that answers by the script, `lies` before it. */
function scripted(lies: Script): Kubectl {
  let message = "";
  let calls = 0;
  const script = [...lies, ...right(() => message)];
  return {
    async attempt(words, more = []) {
      const command = [words, ...more].join(" ");
      const found = script.find(([pattern]) => pattern.test(command));
      assert.ok(found, `nothing is scripted for ${command}`);
      const answer = found[1](calls++);
      return typeof answer === "string" ? { code: 0, stdout: answer, stderr: "" } : answer;
    },
    async apply(yaml) {
      message = /MESSAGE, value: (\w+)/.exec(yaml)?.[1] ?? message;
    },
  };
}

interface Trial {
  readonly kubectl: Kubectl;
  readonly ensureAlive?: () => Promise<void>;
}

async function outcomeOf({ kubectl, ensureAlive = async () => undefined }: Trial): Promise<CombinationResult> {
  const steps = await runScenario({ kubectl, ensureAlive, withinMs: 60, everyMs: 2 }, () => undefined);
  return { combination: { base: "ours" }, steps };
}

describe("the scenario", () => {
  test("passes on a cluster that does everything", async () => {
    const outcome = await outcomeOf({ kubectl: scripted([]) });
    assert.deepEqual(
      outcome.steps.map(({ step, error }) => [step, error]),
      stepNames.map((step) => [step, undefined]),
    );
    assert.equal(isPassed(outcome), true);
  });

  const failed: Answer = { code: 1, stdout: "", stderr: "refused" };
  const rows: readonly { name: string; lies: Script; step: string }[] = [
    { name: "no node", lies: [[/get nodes/, () => ""]], step: "node ready" },
    { name: "a node that is not ready", lies: [[/get nodes/, () => "Unknown"]], step: "node ready" },
    { name: "a replica short", lies: [[/get deployment/, () => "3,3,2,2,1,1"]], step: "service" },
    { name: "an old generation", lies: [[/get deployment/, () => "3,2,2,2,2,2"]], step: "service" },
    { name: "one pod never answers", lies: [[/exec client/, () => "first web-a"]], step: "service" },
    { name: "exec is refused", lies: [[/exec client/, () => failed]], step: "service" },
    { name: "a pod of the job missing", lies: [[/get job/, () => "2,True"]], step: "job" },
    { name: "the job does not end", lies: [[/get job/, () => "3,"]], step: "job" },
    { name: "a log is empty", lies: [[/logs -l/, () => "it ran\nit ran\n"]], step: "job" },
    { name: "the old revision stays", lies: [[/get replicasets .*jsonpath/, () => "2 2"]], step: "rolling update" },
    { name: "the namespace stays", lies: [[/get namespace/, () => ""]], step: "namespace deleted" },
    { name: "a pod stays", lies: [[/get pods -o name/, () => "pod/web-a"]], step: "namespace deleted" },
  ];
  for (const { name, lies, step } of rows) {
    test(`${name} fails at ${step}`, async () => {
      const outcome = await outcomeOf({ kubectl: scripted(lies) });
      assert.equal(outcome.steps.at(-1)?.step, step);
      assert.notEqual(outcome.steps.at(-1)?.error, undefined);
      assert.equal(isPassed(outcome), false);
    });
  }

  test("an answer of the revision before fails the rolling update", async () => {
    let execs = 0;
    const stale: Script = [[/exec client/, () => `first web-${execs++ % 2 === 0 ? "a" : "b"}`]];
    const outcome = await outcomeOf({ kubectl: scripted(stale) });
    assert.equal(outcome.steps.at(-1)?.step, "rolling update");
  });

  test("a component that died fails even where all else went well", async () => {
    const ensureAlive = async () => {
      throw new Error("kubelet ended: SIGSEGV");
    };
    const outcome = await outcomeOf({ kubectl: scripted([]), ensureAlive });
    assert.deepEqual(outcome.steps.at(-1)?.error, "kubelet ended: SIGSEGV");
    assert.equal(isPassed(outcome), false);
  });
});

describe("the matrix", () => {
  const whole = stepNames.map((step) => ({ step, ms: 1000 }));

  test("names every combination once", () => {
    const names = allCombinations().map(nameOf);
    assert.equal(new Set(names).size, 12);
    assert.ok(names.includes("ours-with-upstream-kubelet") && names.includes("upstream-with-ours-kube-proxy"));
  });

  test("says what was not run, and where one failed", () => {
    const text = matrixOf([
      { combination: { base: "ours" }, steps: whole },
      { combination: { base: "ours", swapped: "kubelet" }, steps: whole.slice(0, 2) },
      { combination: { base: "upstream" }, steps: [], error: "no result" },
    ]);
    assert.equal(
      text.split("\n")[2],
      "| ours, one of upstream's | passed in 6.0 s | not run | not run | not run | FAILED: job | not run |",
    );
    assert.match(text.split("\n")[3] ?? "", /FAILED: node ready/);
  });

  const rows: readonly { name: string; result: CombinationResult }[] = [
    { name: "no step", result: { combination: { base: "ours" }, steps: [] } },
    { name: "a step left out", result: { combination: { base: "ours" }, steps: whole.slice(1) } },
    { name: "one step twice", result: { combination: { base: "ours" }, steps: [...whole.slice(1), whole[1]!] } },
    { name: "an error after all steps", result: { combination: { base: "ours" }, steps: whole, error: "it hung" } },
  ];
  for (const { name, result } of rows) test(`${name} is no pass`, () => assert.equal(isPassed(result), false));
});

describe("the command lines", () => {
  const config = { ...defaults, nodeIp: "172.31.254.1" };

  test("both makers get the same, but for the proxy's connection tracking, and what only our API server knows", () => {
    for (const component of ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"] as const) {
      const ours = commandOf(config, { component, maker: "ours" }, "/up");
      const upstream = commandOf(config, { component, maker: "upstream" }, "/up");
      assert.equal(upstream.file, `/up/${component}`);
      assert.match(ours.args[0] ?? "", new RegExp(`cmd/${component}/main\\.ts$`));
      const shared = ours.args.slice(1).filter((arg) => arg !== "--etcd-sole-writer=true");
      assert.deepEqual(shared, upstream.args);
      assert.equal(ours.args.length - 1 - shared.length, component === "kube-apiserver" ? 1 : 0);
    }
  });

  test("the kubelet's file names its kind", () => {
    assert.match(
      kubeletConfiguration(config, 1),
      /^apiVersion: kubelet\.config\.k8s\.io\/v1beta1\nkind: KubeletConfiguration$/m,
    );
  });
});
