/** Writes pods' statuses to the API: at once, one write of a pod at a time, only the newest, only what changed. */
import type { Pod, PodStatus } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { Limiter } from "#pkg/apimachinery/limiter.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import { nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { statusPatch } from "./patch.ts";

interface Tracked {
  pod: Pod;
  status: PodStatus;
  /** What the API is known to hold. */
  written: PodStatus;
  dirty: boolean;
  writing: boolean;
  /** The pod is down: once its status is written the API object goes. */
  finished: boolean;
  failures: number;
}

export interface StatusManagerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The API object that shows a pod: itself, or the mirror of a static pod; undefined while there is none. */
  target(pod: Pod): Pod | undefined;
}

/** What rooms need of the manager; a kubelet without an API server has one that only remembers. */
export interface StatusSink {
  set(pod: Pod, status: PodStatus): void;
  finish(pod: Pod): void;
  /** The API's copy changed: what it holds and whether it is being deleted. `uid`: of the static pod that a mirror shows. */
  observed(pod: Pod, uid?: string): void;
  forget(uid: string): void;
}

const writesAtOnce = 16;
const retryMsMax = 10_000;

export class StatusManager implements StatusSink {
  readonly #options: StatusManagerOptions;
  readonly #limiter = new Limiter(writesAtOnce);
  readonly #pods = new Map<string, Tracked>();

  constructor(options: StatusManagerOptions) {
    this.#options = options;
  }

  set(pod: Pod, status: PodStatus): void {
    const tracked = this.#pods.get(uidOf(pod)) ?? {
      pod,
      status,
      written: pod.status ?? {},
      dirty: false,
      writing: false,
      finished: false,
      failures: 0,
    };
    this.#pods.set(uidOf(pod), tracked);
    tracked.pod = pod;
    tracked.status = status;
    tracked.dirty = true;
    this.#write(tracked);
  }

  finish(pod: Pod): void {
    const tracked = this.#pods.get(uidOf(pod));
    if (!tracked) return;
    tracked.pod = pod;
    tracked.finished = true;
    tracked.dirty = true;
    this.#write(tracked);
  }

  observed(pod: Pod, uid = uidOf(pod)): void {
    const tracked = this.#pods.get(uid);
    if (!tracked) return;
    if (uid === uidOf(pod)) tracked.pod = pod;
    if (!tracked.writing) tracked.written = pod.status ?? {};
    if (tracked.dirty || statusPatch(tracked.written, tracked.status)) {
      tracked.dirty = true;
      this.#write(tracked);
    }
  }

  forget(uid: string): void {
    this.#pods.delete(uid);
  }

  #write(tracked: Tracked): void {
    if (tracked.writing) return;
    tracked.writing = true;
    this.#limiter
      .run(() => this.#flush(tracked), this.#options.signal)
      .catch((error: unknown) => this.#failed(tracked, error))
      .finally(() => {
        tracked.writing = false;
        if (tracked.dirty && tracked.failures === 0 && this.#isCurrent(tracked)) this.#write(tracked);
      });
  }

  #isCurrent(tracked: Tracked): boolean {
    return this.#pods.get(uidOf(tracked.pod)) === tracked && !this.#options.signal.aborted;
  }

  async #flush(tracked: Tracked): Promise<void> {
    while (tracked.dirty && this.#isCurrent(tracked)) {
      tracked.dirty = false;
      const target = this.#options.target(tracked.pod);
      if (!target) return;
      await this.#patch(tracked, target);
      tracked.failures = 0;
      if (tracked.finished && !tracked.dirty && target.metadata.deletionTimestamp) await this.#delete(target);
    }
  }

  async #patch(tracked: Tracked, target: Pod): Promise<void> {
    const { client, signal } = this.#options;
    const { status } = tracked;
    const patch = statusPatch(tracked.written, status);
    if (!patch) return;
    const address = { namespace: namespaceOf(target), name: nameOf(target) };
    const body = { metadata: { uid: uidOf(target) }, status: patch };
    const stored = await client.pods.patch(address, body, { type: "strategic", subresource: "status", signal });
    tracked.written = stored.status ?? status;
  }

  async #delete(target: Pod): Promise<void> {
    const { client, signal, log } = this.#options;
    const address = { namespace: namespaceOf(target), name: nameOf(target) };
    try {
      await client.pods.delete(address, {
        signal,
        body: { gracePeriodSeconds: 0, preconditions: { uid: uidOf(target) } },
      });
      log.debug({ pod: address }, "a terminated pod was removed from the API");
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #failed(tracked: Tracked, error: unknown): void {
    const { clock, log, signal } = this.#options;
    if (signal.aborted || isGone(error)) return;
    tracked.failures++;
    tracked.dirty = true;
    log.warn(
      { err: error, pod: `${namespaceOf(tracked.pod)}/${nameOf(tracked.pod)}` },
      "a pod's status was not written",
    );
    clock.after(Math.min(retryMsMax, 500 * 2 ** Math.min(tracked.failures, 5)), () => {
      tracked.failures = 0;
      if (this.#isCurrent(tracked)) this.#write(tracked);
    });
  }
}

/** The pod is not there any more, or another of the same name has taken its place. */
function isGone(error: unknown): boolean {
  const { reason } = StatusError.from(error);
  return reason === "NotFound" || reason === "Conflict" || reason === "Invalid";
}
