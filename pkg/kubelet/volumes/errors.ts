/** Devices that are not mounted have a reason of their own. */
export type VolumeReason = "FailedMount" | "FailedMapVolume";

/** A volume that could not be set up; reason and message are those of the event about it. */
export class VolumeError extends Error {
  override readonly name = "VolumeError";
  readonly reason: VolumeReason;

  constructor(reason: VolumeReason, message: string, cause: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** Does one step of setting a volume up. Rejects with VolumeError, in upstream's words: which step, of which volume, why. */
export async function volumeStep<T>(step: string, volume: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VolumeError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    const reason = step.startsWith("MapVolume.") ? "FailedMapVolume" : "FailedMount";
    throw new VolumeError(reason, `${step} for volume ${JSON.stringify(volume)} : ${text}`, error);
  }
}
