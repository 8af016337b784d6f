/** Images that nobody uses, with a real containerd. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { busyboxImage, namedUserImage, pauseImage } from "#test/support/busybox-image.ts";
import { eventually } from "#test/support/cluster.ts";
import { startTestKubelet, type TestKubelet } from "#test/support/kubelet.ts";

const bound = { withinMs: 20_000 };

let kubelet: TestKubelet;
before(async () => {
  kubelet = await startTestKubelet();
});
after(() => kubelet?.[Symbol.asyncDispose]());

/** Those with a tag. */
async function images(): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ctr", [
    "-a",
    kubelet.containerd.socket,
    "-n",
    "k8s.io",
    "images",
    "ls",
    "-q",
  ]);
  return stdout
    .split("\n")
    .filter((name) => name.startsWith("kubets.test/"))
    .sort();
}

test("an image without a container stays while there is room", async () => {
  await kubelet.createPod("user", { containers: [{ name: "c", command: ["sleep", "1000"] }] });
  await eventually(async () => (await kubelet.pod("user")).status?.phase === "Running", bound);
  assert.deepEqual(await images(), [busyboxImage, namedUserImage, pauseImage]);
});

test("on a disk that is fuller than it may be it goes, those in use and the sandboxes' stay", async () => {
  const imageCollection = { highThresholdPercent: 1, lowThresholdPercent: 0, ageMsMin: 0 };
  await kubelet.restart({ imageCollection });
  await eventually(async () => !(await images()).includes(namedUserImage), bound);
  assert.deepEqual(await images(), [busyboxImage, pauseImage]);
  await eventually(async () => {
    const events = await kubelet.eventsAbout(kubelet.nodeName);
    const failure = events.find((text) => text.startsWith("FreeDiskSpaceFailed: "));
    assert.match(
      failure ?? "",
      /Insufficient free disk space on the node's image filesystem \(\d+% of [\d.]+ .iB used\)/,
    );
  }, bound);
  assert.match(await kubelet.page("/metrics"), /^kubelet_image_garbage_collected_total\{reason="space"\} 1$/m);
  assert.equal((await kubelet.pod("user")).status?.phase, "Running");
});
