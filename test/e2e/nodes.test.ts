/** A cluster of two nodes on one machine: pods, Services, DNS, logs and exec reach across them, and a restart keeps all. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, TestCluster } from "#test/support/cluster.ts";

let cluster: TestCluster;

const bound = { withinMs: 15_000 };

const image = "kubets.dev/busybox:latest";

function pod(name: string, node: string, command: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image, command: ["sh", "-c", command] }],
    },
  };
}

const server = (name: string, node: string) =>
  pod(
    name,
    node,
    `mkdir -p /www && echo from ${name} > /www/index.html && echo serving && exec httpd -f -v -p 8080 -h /www`,
  );

function service(name: string): object {
  const ports = [{ port: 80, targetPort: 8080 }];
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports } };
}

const exec = (from: string, command: string) =>
  cluster.kubectl(`exec ${from} --`, ["sh", "-c", command], { timeoutMs: 15_000 });

const answers = (from: string, url: string, wants: string) =>
  eventually(async () => (await exec(from, `timeout 3 wget -qO- ${url}`)).trim() === wants, bound);

before(async () => {
  cluster = await TestCluster.start({ nodes: 2 });
  const items = [server("one", "node-1"), server("two", "node-2"), service("one"), service("two")];
  await cluster.kubectl("create -f -", [], {
    stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  });
  await cluster.kubectl("wait --for=condition=Ready pod/one pod/two --timeout=60s");
});

after(() => cluster?.[Symbol.asyncDispose]());

test("both nodes are ready, each with its part of the pod range", async () => {
  const columns =
    "custom-columns=NAME:.metadata.name,RANGE:.spec.podCIDR,READY:.status.conditions[?(@.type=='Ready')].status";
  const rows = (await cluster.kubectl("get nodes --no-headers -o", [columns])).trim().split("\n");
  assert.deepEqual(
    rows.map((row) => row.split(/ +/)),
    [
      ["node-1", "10.244.0.0/24", "True"],
      ["node-2", "10.244.1.0/24", "True"],
    ],
  );
});

for (const { from, to } of [
  { from: "one", to: "two" },
  { from: "two", to: "one" },
]) {
  test(`pod ${from} reaches pod ${to} by address, by Service and by name`, async () => {
    const ip = await cluster.kubectl(`get pod ${to} -o jsonpath={.status.podIP}`);
    const vip = await cluster.kubectl(`get service ${to} -o jsonpath={.spec.clusterIP}`);
    await answers(from, `http://${ip}:8080/`, `from ${to}`);
    await answers(from, `http://${vip}/`, `from ${to}`);
    await answers(from, `http://${to}.default.svc.cluster.local/`, `from ${to}`);
  });

  test(`pod ${from} keeps its own address on the way to pod ${to}`, async () => {
    const [mine, theirs] = await Promise.all(
      [from, to].map((name) => cluster.kubectl(`get pod ${name} -o jsonpath={.status.podIP}`)),
    );
    await answers(from, `http://${theirs}:8080/`, `from ${to}`);
    const seen = await cluster.kubectl(`logs ${to}`);
    assert.ok(seen.includes(`${mine}`), `${mine} is not in ${seen}`);
  });
}

test("pods of both nodes reach the API, and the API server the logs of both", async () => {
  for (const name of ["one", "two"]) {
    assert.match(await cluster.kubectl(`logs ${name}`), /serving/);
    const probe = "nc -w 2 kubernetes.default.svc.cluster.local 443 < /dev/null && echo open";
    assert.match(await exec(name, probe), /open/);
  }
});

test("a node port answers on both nodes' addresses, also a pod of the node where the answer is", async () => {
  await cluster.kubectl("expose pod two --name=outside --type=NodePort --port=8080");
  const port = await cluster.kubectl("get service outside -o jsonpath={.spec.ports[0].nodePort}");
  const addresses = await cluster.kubectl("get nodes -o", [
    "jsonpath={.items[*].status.addresses[?(@.type=='InternalIP')].address}",
  ]);
  for (const address of addresses.split(" ")) {
    for (const asks of ["one", "two"]) await answers(asks, `http://${address}:${port}/`, "from two");
  }
});

test("a restart brings both nodes back with their pods", async () => {
  assert.equal((await cluster.down()).code, 0);
  const up = await cluster.up();
  assert.equal(up.code, 0, up.stderr);
  await eventually(async () => {
    const found = await cluster.kubectl("get pods -o jsonpath={.items[*].status.containerStatuses[0].restartCount}");
    return found === "1 1";
  });
  await answers("two", "http://one.default.svc.cluster.local/", "from one");
});
