/** Makes sure that a container's image is on the machine. */
import type { Image } from "#api/cri/index.ts";
import type { Pod, Secret } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { Limiter } from "#pkg/apimachinery/limiter.ts";
import type { ImageUser } from "../containers/security.ts";
import { type Cri, pullTimeoutMs } from "../cri/client.ts";
import { CriError } from "../cri/errors.ts";
import type { PodEvents } from "../pods/events.ts";
import { type KindedContainer, namespaceOf, uidOf } from "../pods/pod.ts";
import { formatDuration, KeyedBackoff } from "../workers/backoff.ts";
import { credentialsFor } from "./auth.ts";

/** Why a container cannot start yet: becomes its waiting state. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly reason: string;
  /** When to try again; undefined: at the usual pace. */
  readonly retryAt: number | undefined;

  constructor(reason: string, message: string, options: { cause?: unknown; retryAt?: number } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryAt = options.retryAt;
  }
}

export interface ReadyImage {
  /** What the runtime knows the image by. */
  readonly ref: string;
  readonly user: ImageUser;
}

export interface ImagePullerOptions {
  readonly cri: Cri;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How many images are pulled at once. */
  readonly parallel: number;
  secret(namespace: string, name: string): Promise<Readonly<Secret>>;
}

/** A name without tag or digest means the latest. */
export function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf("/") + 1);
  return last.includes(":") || last.includes("@") ? image : `${image}:latest`;
}

export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #limiter: Limiter;
  readonly #backoff = new KeyedBackoff({ firstMs: 10_000, maxMs: 300_000 });
  readonly #lastErrors = new Map<string, string>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.parallel);
  }

  /** Rejects with StartError. */
  async ensure(pod: Pod, kinded: KindedContainer): Promise<ReadyImage> {
    const { events } = this.#options;
    const name = kinded.container.image ?? "";
    const quoted = JSON.stringify(name);
    const image = withTag(name);
    const policy = kinded.container.imagePullPolicy ?? "IfNotPresent";
    const present = await this.#status(image);
    if (present && policy !== "Always") {
      const message = `Container image ${quoted} already present on machine and can be accessed by the pod`;
      events.container(pod, kinded, "Normal", "Pulled", message);
      return readyImage(present);
    }
    if (policy === "Never") {
      const message = `Container image ${quoted} is not present with pull policy of Never`;
      events.container(pod, kinded, "Warning", "ErrImageNeverPull", message);
      throw new StartError("ErrImageNeverPull", message);
    }
    return this.#pull(pod, kinded, image);
  }

  async #status(image: string): Promise<Image | undefined> {
    try {
      const { image: found } = await this.#options.cri.image("ImageStatus", { image: { image } });
      return found?.id ? found : undefined;
    } catch (error) {
      throw new StartError("ImageInspectError", `Failed to inspect image "": ${CriError.from(error).message}`, {
        cause: error,
      });
    }
  }

  async #pull(pod: Pod, kinded: KindedContainer, image: string): Promise<ReadyImage> {
    const { events, clock, signal } = this.#options;
    const quoted = JSON.stringify(kinded.container.image ?? "");
    const key = `${uidOf(pod)}_${image}`;
    const wait = this.#backoff.waiting(key, this.#failedAt.get(key) ?? 0, clock.now());
    if (wait) {
      const text = `Back-off pulling image ${quoted}`;
      events.container(pod, kinded, "Normal", "BackOff", text);
      const last = this.#lastErrors.get(key);
      throw new StartError("ImagePullBackOff", last ? `${text}: ErrImagePull: ${last}` : text, {
        retryAt: clock.now() + wait.leftMs,
      });
    }
    const asked = clock.now();
    events.container(pod, kinded, "Normal", "Pulling", `Pulling image ${quoted}`);
    try {
      const { tookMs, found } = await this.#limiter.run(() => this.#download(pod, image), signal);
      const whole = clock.now() - asked;
      const size = found?.size ?? 0n;
      const message = `Successfully pulled image ${quoted} in ${goDuration(tookMs)} (${goDuration(whole)} including waiting). Image size: ${size} bytes.`;
      events.container(pod, kinded, "Normal", "Pulled", message);
      this.#backoff.forget(key);
      if (!found) throw new StartError("ErrImagePull", `image ${quoted} is gone after it was pulled`);
      return readyImage(found);
    } catch (error) {
      throw this.#pullFailed(pod, kinded, key, error);
    }
  }

  readonly #failedAt = new Map<string, number>();

  #pullFailed(pod: Pod, kinded: KindedContainer, key: string, error: unknown): StartError {
    const { events, clock } = this.#options;
    const text = error instanceof CriError ? error.detail : (error as Error).message;
    const now = clock.now();
    this.#backoff.next(key, now);
    this.#failedAt.set(key, now);
    this.#lastErrors.set(key, text);
    events.container(
      pod,
      kinded,
      "Warning",
      "Failed",
      `Failed to pull image ${JSON.stringify(kinded.container.image ?? "")}: ${text}`,
    );
    return new StartError("ErrImagePull", text, { cause: error });
  }

  async #download(pod: Pod, image: string): Promise<{ tookMs: number; found: Image | undefined }> {
    const { cri, clock, signal } = this.#options;
    const began = clock.now();
    const secrets = await this.#pullSecrets(pod);
    const credentials = credentialsFor(image, secrets);
    let failure: unknown;
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        await cri.image("PullImage", { image: { image }, auth }, { signal, timeoutMs: pullTimeoutMs });
        return { tookMs: clock.now() - began, found: await this.#status(image) };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #pullSecrets(pod: Pod): Promise<Readonly<Secret>[]> {
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name = "" }) => name);
    const found = await Promise.allSettled(names.map((name) => this.#options.secret(namespaceOf(pod), name)));
    return found.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  }

  /** A pod has gone. */
  release(podUid: string): void {
    this.#backoff.forget(`${podUid}_`);
    for (const map of [this.#failedAt, this.#lastErrors]) {
      for (const key of map.keys()) if (key.startsWith(`${podUid}_`)) map.delete(key);
    }
  }
}

const readyImage = ({ id, uid, username }: Image): ReadyImage => ({
  ref: id,
  user: { ...(uid ? { uid: Number(uid.value) } : {}), ...(username ? { username } : {}) },
});

const goDuration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)}ms` : ms < 60_000 ? `${Math.round(ms) / 1000}s` : formatDuration(ms);
