/** `kubets up` where it cannot work: one clear sentence, a non-zero exit, nothing left behind. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const entry = new URL("../../cmd/kubets/main.ts", import.meta.url).pathname;

describe("kubets up refuses", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "kubets-refusal-"));
  });
  after(async () => {
    // Nothing is there unless a test failed by starting something.
    if (existsSync(join(directory, "data"))) {
      await run(process.execPath, [entry, "clean", "--data-dir", join(directory, "data")]);
    }
    await rm(directory, { recursive: true, force: true });
  });

  const up = async (wrapper: readonly string[], flags: readonly string[] = []) => {
    const places = ["--data-dir", join(directory, "data"), "--run-dir", join(directory, "run")];
    const [file = "", ...args] = [
      ...wrapper,
      process.execPath,
      entry,
      "up",
      "--merge-kubeconfig=false",
      ...places,
      ...flags,
    ];
    try {
      await run(file, args, { timeout: 30_000 });
      return { code: 0, stderr: "" };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, stderr };
    }
  };

  test("without root", async () => {
    const { code, stderr } = await up(["setpriv", "--reuid=65534", "--clear-groups"]);
    assert.equal(code, 1);
    assert.match(stderr, /needs root.*\n$/);
  });

  test("with a port that is taken, by whom", async () => {
    const script = `unshare -n sh -c 'ip link set lo up; busybox nc -l -p 6443 & sleep 0.3; "$@"; code=$?; kill $!; exit $code' sh "$@"`;
    const { code, stderr } = await up(["sh", "-c", script, "sh"]);
    assert.equal(code, 1);
    assert.match(stderr, /^Port 6443, which the API server needs, is taken by busybox \(pid \d+\).*--secure-port\.\n$/);
  });

  test("an unknown flag", async () => {
    const { code, stderr } = await up([], ["--no-such-flag=1"]);
    assert.equal(code, 1);
    assert.match(stderr, /no-such-flag/);
  });

  test("and leaves nothing half-started", () => {
    assert.equal(existsSync(join(directory, "run")), false);
    assert.equal(existsSync(join(directory, "data")), false);
  });

  test("help is no failure", async () => {
    const child = spawn(process.execPath, [entry, "--help"], { stdio: "ignore" });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(code, 0);
  });
});
