/** Logs and sessions through the whole cluster, with upstream's kubectl: WebSocket, SPDY, the kubelet and containerd. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { TestCluster } from "../support/cluster.ts";

const inputBytes = 5 * 1024 * 1024;

describe("kubectl", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start();
    const command = ["--", "sh", "-c", "echo one; echo two; httpd -f -p 8080 -h /etc"];
    await cluster.kubectl("run web --image=kubets.dev/busybox --port=8080 --restart=Never", command);
    await cluster.kubectl("wait pod/web --for=condition=Ready --timeout=60s");
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  test("reads logs", async () => {
    assert.equal(await cluster.kubectl("logs web"), "one\ntwo\n");
    assert.equal(await cluster.kubectl("logs web --tail=1"), "two\n");
    assert.match(await cluster.kubectl("logs web --timestamps --tail=1"), /^\d{4}-\S+Z two\n$/);
    const previous = await cluster.tryKubectl(["logs", "web", "--previous"]);
    assert.match(previous.stderr, /previous terminated container "web" in pod "web" not found/);
  });

  test("gets the outputs and the exit code of a command", async () => {
    const result = await cluster.tryKubectl(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert.equal(result.code, 7);
    assert.equal(result.stdout, "out\n");
    assert.match(result.stderr, /^err\n/);
  });

  test("pipes megabytes into a command, and out of one", async () => {
    const stdin = "x".repeat(inputBytes);
    const counted = await cluster.kubectl("exec -i web -- wc -c", [], { stdin });
    assert.equal(counted.trim(), String(inputBytes));
    const output = await cluster.kubectl("exec web -- head -c", [String(inputBytes), "/dev/zero"]);
    assert.equal(output.length, inputBytes);
  });

  test("copies a file there and back", async () => {
    const file = join(cluster.directory, "file");
    const bytes = Buffer.alloc(1_000_003, "kubets ");
    await writeFile(file, bytes);
    await cluster.kubectl("cp", [file, "web:/tmp/file"]);
    await cluster.kubectl("cp", ["web:/tmp/file", `${file}-back`]);
    assert(bytes.equals(await readFile(`${file}-back`)));
  });

  test("forwards a port", async () => {
    const child = cluster.spawnKubectl(["port-forward", "web", "18080:8080"]);
    try {
      assert(child.stdout);
      await once(child.stdout, "data");
      const answer = await cluster.exec(["curl", "-s", "-m", "5", "http://127.0.0.1:18080/passwd"]);
      assert.match(answer.stdout, /^root:/);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("reaches a pod and a kubelet through the proxy", async () => {
    assert.match(await cluster.kubectl("get --raw /api/v1/namespaces/default/pods/web:8080/proxy/passwd"), /^root:/);
    assert.equal(await cluster.kubectl("get --raw /api/v1/nodes/node-1/proxy/healthz"), "ok");
  });

  test("is told what is wrong", async () => {
    const rows: [string, RegExp][] = [
      ["exec web -c none -- true", /container none is not valid for pod web/],
      ["exec none -- true", /pods "none" not found/],
      ["exec web -- /none", /no such file or directory/],
      ["logs web -c none", /container none is not valid for pod web/],
    ];
    for (const [words, expected] of rows) {
      const { code, stderr } = await cluster.tryKubectl(words.split(" "));
      assert.notEqual(code, 0, words);
      assert.match(stderr, expected, words);
    }
  });
});
