/** What a user does with a cluster, step by step, each with its own check of what came out. */
import { setTimeout as sleep } from "node:timers/promises";
import { type StepName, type StepResult, stepNames } from "./combination.ts";
import { ensureOk, type Kubectl } from "./kubectl.ts";
import { clientManifest, jobCompletions, jobManifest, namespace, webManifests } from "./manifests.ts";

export interface Tried {
  readonly kubectl: Kubectl;
  /** Throws when a process of the cluster ended. */
  ensureAlive(): Promise<void>;
  /** How long a thing may take to come true. */
  readonly withinMs: number;
  /** How often it is looked at. */
  readonly everyMs: number;
}

/** Repeats `check` until it does not throw; its last failure is the error. A dead process ends the waiting at once. */
async function eventually(tried: Tried, check: () => Promise<void>): Promise<void> {
  const end = performance.now() + tried.withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      await tried.ensureAlive();
      if (performance.now() > end) throw error;
    }
    await sleep(tried.everyMs);
  }
}

async function read({ kubectl }: Tried, words: string, more?: readonly string[]): Promise<string> {
  const command = `-n ${namespace} ${words}`;
  return ensureOk(await kubectl.attempt(command, more), [words, ...(more ?? [])].join(" ")).trim();
}

function expect(found: string, wanted: string, what: string): void {
  if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

async function nodeReady(tried: Tried): Promise<void> {
  await eventually(tried, async () => {
    const ready = '-o=jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
    expect(await read(tried, "get nodes", [ready]), "True", "the node's Ready");
  });
}

/** Waits until the deployment's numbers say that it is whole, in this generation. */
async function rolledOut(tried: Tried): Promise<void> {
  const fields = ["observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
  const path = ["{.metadata.generation}", ...fields.map((field) => `{.status.${field}}`)].join(",");
  await eventually(tried, async () => {
    const [generation = "", ...found] = (await read(tried, `get deployment web -o jsonpath=${path}`)).split(",");
    expect(found.join(","), `${generation},2,2,2,2`, `the deployment's ${fields.join(", ")}`);
  });
}

/** Asks from a pod until both pods of the deployment have answered, by any name of the Service. */
async function bothAnswer(tried: Tried, message: string): Promise<void> {
  const pods = (await read(tried, "get pods -l app=web -o jsonpath={.items[*].metadata.name}")).split(" ");
  expect(String(pods.length), "2", "the deployment's pods");
  const address = await read(tried, "get service web -o jsonpath={.spec.clusterIP}");
  for (const host of [address, "web", `web.${namespace}.svc.cluster.local`]) {
    const missing = new Set(pods.map((pod) => `${message} ${pod}`));
    await eventually(tried, async () => {
      const url = `http://${host}/cgi-bin/hello`;
      const answer = await read(tried, "exec client -- timeout 5 wget -q -O -", [url]);
      missing.delete(answer);
      if (missing.size > 0) throw new Error(`${url} answered ${JSON.stringify(answer)}, never ${[...missing].join()}`);
    });
  }
}

async function service(tried: Tried): Promise<void> {
  // The service account that pods need is made by a controller soon after the namespace.
  await eventually(tried, async () => {
    await tried.kubectl.apply(webManifests("first"));
    await tried.kubectl.apply(clientManifest);
  });
  await rolledOut(tried);
  await eventually(tried, async () =>
    expect(await read(tried, "get pod client -o jsonpath={.status.phase}"), "Running", "the client"),
  );
  await bothAnswer(tried, "first");
}

async function job(tried: Tried): Promise<void> {
  await tried.kubectl.apply(jobManifest);
  const path = '{.status.succeeded},{.status.conditions[?(@.type=="Complete")].status}';
  await eventually(tried, async () => {
    const found = await read(tried, "get job once", [`-o=jsonpath=${path}`]);
    expect(found, `${jobCompletions},True`, "the job's succeeded and Complete");
  });
  const logs = await read(tried, "logs -l job-name=once");
  expect(logs, Array.from({ length: jobCompletions }, () => "it ran").join("\n"), "the job's logs");
}

async function rollingUpdate(tried: Tried): Promise<void> {
  await tried.kubectl.apply(webManifests("second"));
  await rolledOut(tried);
  // Pods of the revision before may still be on their way out.
  await eventually(tried, async () => bothAnswer({ ...tried, withinMs: tried.withinMs / 4 }, "second"));
  const sets = await read(tried, "get replicasets -l app=web -o jsonpath={.items[*].spec.replicas}");
  expect(sets.split(" ").sort().join(), "0,2", "the replicas of the two revisions");
}

async function namespaceDeleted(tried: Tried): Promise<void> {
  await read(tried, `delete namespace ${namespace} --wait=false`);
  await eventually(tried, async () => {
    const { code, stderr } = await tried.kubectl.attempt(`get namespace ${namespace}`);
    if (code === 0) throw new Error(`the namespace ${namespace} is still there`);
    expect(stderr.trim(), `Error from server (NotFound): namespaces "${namespace}" not found`, "the answer");
  });
  for (const kind of ["pods", "services", "deployments", "replicasets", "jobs", "endpointslices", "configmaps"]) {
    expect(await read(tried, `get ${kind} -o name`), "", `what is left of ${kind}`);
  }
}

const steps: Readonly<Record<StepName, (tried: Tried) => Promise<void>>> = {
  "node ready": nodeReady,
  service,
  job,
  "rolling update": rollingUpdate,
  "namespace deleted": namespaceDeleted,
  "nothing died": (tried) => tried.ensureAlive(),
};

/** Every step that was begun has a result; the first that fails is the last. Never throws. */
export async function runScenario(tried: Tried, report: (result: StepResult) => void): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of stepNames) {
    const start = performance.now();
    const error = await steps[step](tried).then(
      () => undefined,
      (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
    );
    const ms = Math.round(performance.now() - start);
    const result = error === undefined ? { step, ms } : { step, ms, error };
    results.push(result);
    report(result);
    if (error !== undefined) break;
  }
  return results;
}
