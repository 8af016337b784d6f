/** What a user does on the first day, with upstream's kubectl, on one cluster in this order. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually, TestCluster } from "../support/cluster.ts";

/** A shell command that is process 1 ignores SIGTERM: its pod goes after the 30 s of grace. */
const terminationBound = { withinMs: 45_000 };

const image = "--image=kubets.dev/busybox";

describe("a user with kubectl", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start();
    await cluster.kubectl("create namespace demo");
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const kubectl = (words: string, more?: readonly string[]) => cluster.kubectl(`-n demo ${words}`, more);
  const ready = () => kubectl("get deployment web -o jsonpath={.status.readyReplicas}");
  const fetchFrom = (pod: string, url: string) => kubectl(`exec ${pod} -- wget -q -T 5 -O - ${url}`);

  test("the node is ready", async () => {
    assert.match(await cluster.kubectl("get nodes --no-headers"), /^node-1 +Ready /);
  });

  test("a deployment of three rolls out", async () => {
    const command = ["--", "httpd", "-f", "-v", "-p", "8080", "-h", "/www"];
    await kubectl(`create deployment web ${image} --replicas=3`, command);
    await kubectl("rollout status deployment/web --timeout=30s");
    assert.equal(await ready(), "3");
    const pods = await kubectl("get pods -l app=web --no-headers");
    assert.equal(
      pods
        .trim()
        .split("\n")
        .filter((line) => / 1\/1 +Running /.test(line)).length,
      3,
      pods,
    );
  });

  test("it answers by its Service's address and name, on every pod", async () => {
    await kubectl("expose deployment web --port=80 --target-port=8080");
    await kubectl(`run client ${image} --restart=Never`, ["--", "sleep", "3600"]);
    await kubectl("wait pod/client --for=condition=Ready --timeout=20s");
    const address = await kubectl("get service web -o jsonpath={.spec.clusterIP}");
    for (const host of [address, "web", "web.demo", "web.demo.svc.cluster.local"]) {
      await eventually(async () => {
        assert.match(await fetchFrom("client", `http://${host}/`), /Hello from Kubets/, host);
      });
    }
    const seen = new Set<string>();
    await eventually(async () => {
      seen.add(await fetchFrom("client", `http://web/cgi-bin/hostname`));
      return seen.size === 3;
    });
  });

  test("a NodePort answers on the node", async () => {
    await kubectl("expose deployment web --name=web-node --type=NodePort --port=80 --target-port=8080");
    const port = await kubectl("get service web-node -o jsonpath={.spec.ports[0].nodePort}");
    const ip = await cluster.kubectl("get node node-1 -o jsonpath={.status.addresses[0].address}");
    await eventually(async () => {
      const { stdout } = await cluster.exec([
        "busybox",
        "timeout",
        "5",
        "busybox",
        "wget",
        "-q",
        "-O",
        "-",
        `http://${ip}:${port}/`,
      ]);
      assert.match(stdout, /Hello from Kubets/);
    });
  });

  test("scale up and down", async () => {
    for (const count of ["5", "2"]) {
      await kubectl(`scale deployment web --replicas=${count}`);
      await eventually(async () => (await ready()) === count);
      const pods = await eventually(async () => {
        const names = (await kubectl("get pods -l app=web -o name")).trim().split("\n");
        return names.length === Number(count) && names;
      }, terminationBound);
      assert.equal(pods.length, Number(count));
    }
  });

  test("a change rolls out, and undo takes it back", async () => {
    const message = () => kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[0].env[0].value}");
    await kubectl("set env deployment/web MESSAGE=new");
    await kubectl("rollout status deployment/web --timeout=30s");
    assert.equal(await message(), "new");
    assert.match(await kubectl("rollout history deployment/web"), /^2 /m);
    await kubectl("rollout undo deployment/web");
    await kubectl("rollout status deployment/web --timeout=30s");
    assert.equal(await message(), "");
  });

  test("the node's own logs", async () => {
    const page = await cluster.kubectl("get --raw /api/v1/nodes/node-1/proxy/logs/");
    assert.match(page, /<a href="[^"]+">/);
  });

  test("a time limit of wget is kept", async () => {
    const pod = await kubectl("get pods -l app=web -o jsonpath={.items[0].metadata.name}");
    await assert.rejects(kubectl(`exec ${pod} -- wget -qO- -T 1 http://192.0.2.254/`), /download timed out/);
  });

  test("a pod that takes its time to end is seen to be no longer ready", async () => {
    const script = "touch /tmp/ready; trap 'rm /tmp/ready' TERM; while true; do sleep 0.2; done";
    const probe = { exec: { command: ["cat", "/tmp/ready"] }, periodSeconds: 1, failureThreshold: 1 };
    const container = {
      name: "slow",
      image: "kubets.dev/busybox",
      command: ["sh", "-c", script],
      readinessProbe: probe,
    };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "slow" }, spec: { containers: [container] } };
    await cluster.kubectl("-n demo create -f -", [], { stdin: JSON.stringify(pod) });
    await kubectl("wait pod/slow --for=condition=Ready --timeout=20s");
    await kubectl("delete pod slow --wait=false");
    await kubectl("wait pod/slow --for=condition=Ready=false --timeout=15s");
    assert.match(await kubectl("get pod slow --no-headers"), /0\/1 +Terminating/);
    await kubectl("delete pod slow --force --grace-period=0");
  });

  test("logs", async () => {
    await kubectl(`run talker ${image} --restart=Never`, ["--", "sh", "-c", "for i in 1 2 3; do echo line $i; done"]);
    await kubectl("wait pod/talker --for=jsonpath={.status.phase}=Succeeded --timeout=20s");
    assert.equal(await kubectl("logs talker"), "line 1\nline 2\nline 3\n");
    assert.equal(await kubectl("logs talker --tail=1"), "line 3\n");
    assert.equal(await kubectl("logs -f talker"), "line 1\nline 2\nline 3\n");
  });

  test("exec: output, input, exit code, terminal", async () => {
    assert.equal(await kubectl("exec client -- echo hello"), "hello\n");
    const args = (words: string) => ["-n", "demo", ...words.split(" ")];
    const input = await cluster.tryKubectl(args("exec -i client -- wc -c"), { stdin: "12345" });
    assert.equal(input.stdout.trim(), "5", input.stderr);
    const failed = await cluster.tryKubectl([...args("exec client --"), "sh", "-c", "exit 7"]);
    assert.equal(failed.code, 7, failed.stderr);
    // kubectl asks for a terminal only when it has one itself: `script` gives it one.
    const config = join(cluster.directory, "data/admin.kubeconfig");
    const inner = `${process.env["KUBECTL"] ?? "kubectl"} --kubeconfig ${config} -n demo exec -it client -- tty`;
    const terminal = await cluster.exec(["script", "-qec", inner, "/dev/null"]);
    assert.match(terminal.stdout, /\/dev\/pts\/\d+/, terminal.stderr);
  });

  test("cp in and out", async () => {
    const file = join(cluster.directory, "file.txt");
    const back = join(cluster.directory, "back.txt");
    const content = "x".repeat(100_000);
    await writeFile(file, content);
    await kubectl(`cp ${file} client:/tmp/file.txt`);
    await kubectl(`cp client:/tmp/file.txt ${back}`);
    assert.equal(await readFile(back, "utf8"), content);
  });

  test("port-forward", async () => {
    const forward = cluster.spawnKubectl(["-n", "demo", "port-forward", "deployment/web", "18080:8080"]);
    try {
      await eventually(async () => {
        const { stdout } = await cluster.exec(["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:18080/"]);
        assert.match(stdout, /Hello from Kubets/);
      });
    } finally {
      forward.kill();
    }
  });

  test("a Job runs to completion", async () => {
    await kubectl(`create job once ${image}`, ["--", "sh", "-c", "echo done"]);
    await kubectl("wait job/once --for=condition=complete --timeout=30s");
    assert.equal(await kubectl("logs job/once"), "done\n");
  });

  test("clear errors, no hang: a dead container, a closed port, an unknown pod", async () => {
    const rows = [
      { words: "exec talker -- true", says: /cannot exec into a container in a completed pod|not found|not running/ },
      { words: "logs nobody", says: /pods "nobody" not found/ },
      { words: "exec client -- /no/such/program", says: /no such file or directory/ },
    ];
    for (const { words, says } of rows) {
      const result = await cluster.tryKubectl(["-n", "demo", ...words.split(" ")], { timeoutMs: 20_000 });
      assert.notEqual(result.code, 0, words);
      assert.match(result.stderr, says, words);
    }
  });

  test("the namespace goes with everything in it", async () => {
    await cluster.kubectl("delete namespace demo --timeout=60s", [], { timeoutMs: 70_000 });
    const { stderr } = await cluster.tryKubectl(["get", "namespace", "demo"]);
    assert.match(stderr, /namespaces "demo" not found/);
    await eventually(async () => (await cluster.kubectl("get pods -A -o name")) === "");
  });
});
