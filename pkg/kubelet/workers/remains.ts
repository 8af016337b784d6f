/** What a pod leaves behind: old runs of its containers while it lives, everything once it is gone. */
import { readdir, rm } from "node:fs/promises";
import type { Pod } from "#api/types/core/v1";
import { isNotFound } from "../cri/errors.ts";
import { nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { type PodRecord, runsOf } from "../runtime/state.ts";
import { removePodDirectory } from "../volumes/manager.ts";
import type { WorkerContext } from "./context.ts";

/** Beside the running container one earlier run is kept, for `kubectl logs --previous` and the last state. */
export const keptRuns = 1;

/** Removes runs that are too old, in the background. `record` is from before the newest run. */
export function removeOldRuns(record: PodRecord, name: string, { cri, log }: WorkerContext): void {
  const old = runsOf(record, name)
    .slice(keptRuns)
    .filter(({ state }) => state !== "running");
  for (const run of old) {
    cri
      .runtime("RemoveContainer", { containerId: run.id })
      .then(() => removeLogs(run.logPath))
      .catch((err: unknown) => {
        if (!isNotFound(err)) log.debug({ err, container: run.id }, "an old container was not removed");
      });
  }
}

/** The log and its rotated parts. */
export async function removeLogs(path: string): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf("/"));
  const base = path.slice(directory.length + 1);
  const names = await readdir(directory).catch(() => []);
  for (const name of names)
    if (name === base || name.startsWith(`${base}.`)) await rm(`${directory}/${name}`, { force: true });
}

/** Takes a pod out of the runtime and off the disk. Idempotent; rejects when something stays. */
export async function cleanUp(pod: Pod, context: WorkerContext): Promise<void> {
  const { observer, killer, images, backoff, paths, volumes } = context;
  const uid = uidOf(pod);
  await killer.remove(await observer.pod(uid));
  await volumes.unmount(uid);
  await removePodDirectory(paths.podDir(uid));
  await rm(paths.podLogs({ namespace: namespaceOf(pod), name: nameOf(pod), uid }), { recursive: true, force: true });
  await removeLinks(pod, context);
  images.release(uid);
  backoff.forget(`${uid}/`);
}

async function removeLinks(pod: Pod, { paths }: WorkerContext): Promise<void> {
  if (paths.containerLogLinks === "") return;
  const prefix = `${nameOf(pod)}_${namespaceOf(pod)}_`;
  const names = await readdir(paths.containerLogLinks).catch(() => []);
  const { readlink } = await import("node:fs/promises");
  for (const name of names.filter((entry) => entry.startsWith(prefix))) {
    const link = `${paths.containerLogLinks}/${name}`;
    const target = await readlink(link).catch(() => "");
    if (target.includes(`_${uidOf(pod)}/`)) await rm(link, { force: true });
  }
}
