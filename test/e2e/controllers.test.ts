/** The kinds of workload beside Deployments and Jobs, with upstream's kubectl, on one cluster. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, TestCluster } from "../support/cluster.ts";

const container = (extra: object = {}) => ({
  name: "c",
  image: "kubets.dev/busybox",
  command: ["sh", "-c", "trap exit TERM; while true; do sleep 0.2; done"],
  ...extra,
});

const template = (app: string, extra: object = {}) => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [container(extra)] },
});

const workload = (kind: string, name: string, spec: object) => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});

describe("workloads", { concurrency: true }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start();
    await cluster.kubectl("create namespace work");
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const kubectl = (words: string, more?: readonly string[], stdin?: object) =>
    cluster.kubectl(`-n work ${words}`, more, stdin ? { stdin: JSON.stringify(stdin) } : {});
  const apply = (object: object) => kubectl("apply -f -", [], object);
  const namesOf = async (app: string) => {
    const names = await kubectl(`get pods -l app=${app} -o jsonpath={.items[*].metadata.name}`);
    return names.split(" ").filter(Boolean).sort();
  };
  const reasons = (name: string) =>
    kubectl(`get events --field-selector=involvedObject.name=${name} -o jsonpath={.items[*].reason}`);

  test("a StatefulSet comes up in order, rolls from the end, keeps its partition and undoes", async () => {
    await apply(workload("StatefulSet", "db", { replicas: 3, serviceName: "db" }));
    await kubectl("rollout status statefulset/db --timeout=60s");
    assert.deepEqual(await namesOf("db"), ["db-0", "db-1", "db-2"]);
    const started = "{range .items[*]}{.status.startTime}{' '}{end}";
    const times = (await kubectl("get pods -l app=db --sort-by=.metadata.name -o", [`jsonpath=${started}`])).split(" ");
    assert.deepEqual(
      times,
      times.toSorted((a, b) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1)),
    );
    const first = await kubectl("get pod db-0 -o", [
      "jsonpath={.spec.hostname}.{.spec.subdomain} {.metadata.labels.apps\\.kubernetes\\.io/pod-index}",
    ]);
    assert.equal(first, "db-0.db 0");

    const partition = { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } };
    await kubectl("patch statefulset db --type=merge -p", [JSON.stringify(partition)]);
    await kubectl("set env statefulset/db A=b");
    const envs = () =>
      kubectl("get pods -l app=db --sort-by=.metadata.name -o", [
        "jsonpath={.items[*].spec.containers[0].env[0].value}",
      ]);
    await eventually(
      async () => (await envs()) === "b" && (await kubectl("get pod db-2 -o jsonpath={.status.phase}")) === "Running",
    );
    assert.equal(await kubectl("get pod db-0 -o jsonpath={.spec.containers[0].env}"), "");
    await kubectl("patch statefulset db --type=merge -p", [
      JSON.stringify({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }),
    ]);
    await kubectl("rollout status statefulset/db --timeout=60s");
    assert.equal(await envs(), "b b b");

    await kubectl("rollout undo statefulset/db");
    await kubectl("rollout status statefulset/db --timeout=60s");
    assert.equal(await envs(), "");
    await kubectl("scale statefulset/db --replicas=1");
    await eventually(async () => (await namesOf("db")).join() === "db-0");
    assert.match(await reasons("db"), /SuccessfulCreate/);
    assert.match(await reasons("db"), /SuccessfulDelete/);
  });

  test("a parallel StatefulSet starts all pods at once and replaces one that was deleted", async () => {
    await apply(workload("StatefulSet", "par", { replicas: 3, serviceName: "par", podManagementPolicy: "Parallel" }));
    await kubectl("rollout status statefulset/par --timeout=60s");
    const uid = () => kubectl("get pod par-1 -o jsonpath={.metadata.uid}");
    const before = await uid();
    await kubectl("delete pod par-1 --wait=false");
    await eventually(async () => (await uid()) !== before);
    assert.deepEqual(await namesOf("par"), ["par-0", "par-1", "par-2"]);
  });

  test("a DaemonSet runs on each node it selects, rolls out and undoes", async () => {
    await apply(workload("DaemonSet", "agent", {}));
    await kubectl("rollout status daemonset/agent --timeout=60s");
    assert.equal((await namesOf("agent")).length, 1);
    await kubectl("set env daemonset/agent A=b");
    await kubectl("rollout status daemonset/agent --timeout=60s");
    const env = () => kubectl("get pods -l app=agent -o", ["jsonpath={.items[*].spec.containers[0].env[0].value}"]);
    await eventually(async () => (await env()) === "b");
    await kubectl("rollout undo daemonset/agent");
    await eventually(async () => (await env()) === "");
    const selector = { spec: { template: { spec: { nodeSelector: { "no-such": "node" } } } } };
    await kubectl("patch daemonset agent --type=merge -p", [JSON.stringify(selector)]);
    await eventually(async () => (await namesOf("agent")).length === 0);
    assert.equal(await kubectl("get daemonset agent -o jsonpath={.status.desiredNumberScheduled}"), "0");
  });

  test("a CronJob starts Jobs by the clock, and its template by hand; finished Jobs go when their time is over", async () => {
    const jobTemplate = {
      spec: {
        ttlSecondsAfterFinished: 1,
        template: { spec: { restartPolicy: "Never", containers: [container({ command: ["true"] })] } },
      },
    };
    await apply({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "tick" },
      spec: { schedule: "@every 2s", jobTemplate },
    });
    await kubectl("create job --from=cronjob/tick byhand");
    await kubectl("wait --for=condition=complete job/byhand --timeout=30s");
    await eventually(async () => /SawCompletedJob/.test(await reasons("tick")));
    assert.match(await kubectl("get cronjob tick -o jsonpath={.status.lastSuccessfulTime}"), /^20/);
    await kubectl("patch cronjob tick --type=merge -p", [JSON.stringify({ spec: { suspend: true } })]);
    await eventually(async () => (await kubectl("get jobs -o name")).trim() === "");
  });

  test("a claim gets a volume, is kept while a pod uses it, and goes with it", async () => {
    const capacity = { storage: "1Gi" };
    const shared = { accessModes: ["ReadWriteOnce"], storageClassName: "manual" };
    const hostPath = { path: "/tmp", type: "Directory" };
    await apply({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "disk" },
      spec: { ...shared, capacity, hostPath },
    });
    const claim = { ...shared, resources: { requests: { storage: "500Mi" } } };
    await apply({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" }, spec: claim });
    await eventually(async () => (await kubectl("get pvc data -o jsonpath={.status.phase}")) === "Bound");
    assert.equal(await kubectl("get pv disk -o jsonpath={.status.phase}/{.spec.claimRef.name}"), "Bound/data");
    const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
    const spec = {
      ...template("user").spec,
      volumes,
      containers: [container({ volumeMounts: [{ name: "v", mountPath: "/v" }] })],
    };
    await apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "user" }, spec });
    await kubectl("wait pod/user --for=condition=Ready --timeout=30s");
    await kubectl("delete pvc data --wait=false");
    assert.match(await kubectl("get pvc data -o jsonpath={.metadata.deletionTimestamp}"), /^20/);
    await kubectl("delete pod user");
    await eventually(async () => (await kubectl("get pvc -o name")).trim() === "");
    await eventually(async () => (await kubectl("get pv disk -o jsonpath={.status.phase}")) === "Released");
    await kubectl("delete pv disk --timeout=20s");
  });

  test("a quota refuses what it does not allow, and gives back what is deleted", async () => {
    await cluster.kubectl("create namespace tight");
    const tight = (words: string) => cluster.kubectl(`-n tight ${words}`);
    await tight("create quota q --hard=configmaps=2,pods=1,requests.cpu=1");
    const used = () => tight("get quota q -o jsonpath={.status.used.configmaps}/{.status.used.pods}");
    await eventually(async () => (await used()) === "1/0");
    await tight("create configmap a");
    const refused = await cluster.tryKubectl(["-n", "tight", "create", "configmap", "b"]);
    assert.match(
      refused.stderr,
      /exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2/,
    );
    const bare = await cluster.tryKubectl(["-n", "tight", "run", "p", "--image=kubets.dev/busybox"]);
    assert.match(bare.stderr, /failed quota: q: must specify requests.cpu for: p/);
    const range = {
      limits: [{ type: "Container", defaultRequest: { cpu: "100m" }, max: { cpu: "2" }, default: { cpu: "1" } }],
    };
    await cluster.kubectl("-n tight apply -f -", [], {
      stdin: JSON.stringify({ apiVersion: "v1", kind: "LimitRange", metadata: { name: "l" }, spec: range }),
    });
    await tight("run p --image=kubets.dev/busybox --restart=Never -- sleep 60");
    assert.equal(await tight("get pod p -o jsonpath={.spec.containers[0].resources.requests.cpu}"), "100m");
    assert.equal(await used(), "2/1");
    const lasting = { hard: { pods: 5 }, scopes: ["NotTerminating"] };
    await cluster.kubectl("-n tight apply -f -", [], {
      stdin: JSON.stringify({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "lasting" }, spec: lasting }),
    });
    const usedByLasting = () => tight("get quota lasting -o jsonpath={.status.used.pods}");
    await eventually(async () => (await usedByLasting()) === "1");
    await tight('patch pod p -p {"spec":{"activeDeadlineSeconds":600}}');
    await eventually(async () => (await usedByLasting()) === "0");
    await tight("delete pod p --now");
    await eventually(async () => (await used()) === "2/0");
    await tight("delete configmap a");
    await eventually(async () => (await used()) === "1/0");
  });

  test("a custom resource is defined, used and gone", async () => {
    const schema = {
      type: "object",
      properties: { spec: { type: "object", properties: { size: { type: "integer", maximum: 5 } } } },
    };
    const names = { plural: "toys", singular: "toy", kind: "Toy", shortNames: ["ty"] };
    const additionalPrinterColumns = [{ name: "Size", type: "integer", jsonPath: ".spec.size" }];
    const versions = [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, additionalPrinterColumns },
    ];
    const spec = { group: "play.example.com", scope: "Namespaced", names, versions };
    await apply({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "toys.play.example.com" },
      spec,
    });
    await kubectl("wait --for=condition=Established crd/toys.play.example.com --timeout=10s");
    const toy = (size: number) => ({
      apiVersion: "play.example.com/v1",
      kind: "Toy",
      metadata: { name: "t" },
      spec: { size },
    });
    await eventually(() => apply(toy(3)));
    assert.match(await kubectl("get ty"), /NAME +SIZE\nt +3/);
    await assert.rejects(apply(toy(9)), /spec.size in body should be less than or equal to 5/);
    assert.match(await kubectl("explain toy.spec"), /size\s+<integer>/);
    await kubectl("delete crd toys.play.example.com --timeout=20s");
    await assert.rejects(kubectl("get toys"), /doesn't have a resource type|could not find the requested resource/);
  });

  test("a ReplicationController keeps its pods and adopts a loose one", async () => {
    const labels = { app: "old" };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "loose", labels }, spec: template("old").spec };
    await apply(pod);
    const spec = { replicas: 2, selector: labels, template: template("old") };
    await apply({ apiVersion: "v1", kind: "ReplicationController", metadata: { name: "old" }, spec });
    await eventually(async () => (await kubectl("get rc old -o jsonpath={.status.readyReplicas}")) === "2");
    assert.equal(await kubectl("get pod loose -o jsonpath={.metadata.ownerReferences[0].name}"), "old");
    await kubectl("scale rc old --replicas=0");
    await eventually(async () => (await namesOf("old")).length === 0);
  });
});
