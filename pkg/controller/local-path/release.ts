/** Takes volumes away whose claim is gone, and the directories behind them. Every step may be done again. */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolume } from "#api/types/core/v1";
import { done, type EventRecorder, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { removeFinalizer } from "../framework/finalizers.ts";
import { removeDirectory } from "./directories.ts";
import { provisionerName, stepOf, volumeFinalizer } from "./plan.ts";

type Volume = Readonly<PersistentVolume>;

export class Releaser {
  readonly #context: ControllerContext;
  readonly #recorder: EventRecorder;
  readonly #directory: string;

  constructor(context: ControllerContext, directory: string) {
    this.#context = context;
    this.#recorder = context.recorder(provisionerName);
    this.#directory = directory;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const { client, informers } = this.#context;
    const volume = informers.informer(resources.persistentvolumes).get(name);
    if (!volume) return done;
    try {
      switch (stepOf(volume)) {
        case "hold":
          await this.#hold(volume, signal);
          break;
        case "let go":
          await removeFinalizer(client.persistentvolumes, volume, volumeFinalizer, signal);
          break;
        case "remove":
          await this.#remove(name, signal);
          break;
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return done;
  }

  async #hold(volume: Volume, signal: AbortSignal): Promise<void> {
    const finalizers = [...(volume.metadata.finalizers ?? []), volumeFinalizer];
    const metadata = { ...volume.metadata, finalizers };
    await this.#context.client.persistentvolumes.update({ ...volume, metadata }, { signal });
  }

  /** What cannot be brought back is decided by the volume as it is now, not as the cache shows it. */
  async #remove(name: string, signal: AbortSignal): Promise<void> {
    const { persistentvolumes } = this.#context.client;
    const volume = await persistentvolumes.get({ name }, { signal });
    if (stepOf(volume) !== "remove") return;
    try {
      const path = volume.spec?.local?.path ?? "";
      await removeDirectory({ root: this.#directory, volume: name, path }, signal);
    } catch (error) {
      if (!signal.aborted) this.#recorder.warning(volume, "VolumeFailedDelete", (error as Error).message);
      throw error;
    }
    if (volume.metadata.deletionTimestamp) {
      await removeFinalizer(persistentvolumes, volume, volumeFinalizer, signal);
      return;
    }
    const { uid = "" } = volume.metadata;
    await persistentvolumes.delete({ name }, { signal, body: { preconditions: { uid } } });
  }
}
