/** The image that the runtime makes sandboxes of. */
import type { Image } from "#api/cri/index.ts";
import type { Cri } from "../cri/client.ts";

/** Its id, as containerd's configuration names it in the verbose status; undefined where the runtime does not tell. */
export async function sandboxImageOf(
  cri: Pick<Cri, "runtime">,
  images: readonly Image[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { info } = await cri.runtime("Status", { verbose: true }, { signal });
  const name = sandboxImageIn(info["config"] ?? "");
  if (name === undefined) return undefined;
  return images.find(({ id, repoTags, repoDigests }) => [id, ...repoTags, ...repoDigests].includes(name))?.id;
}

/** `sandboxImage` of the configuration, which is JSON. */
export function sandboxImageIn(config: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(config);
    if (typeof parsed !== "object" || parsed === null || !("sandboxImage" in parsed)) return undefined;
    return typeof parsed.sandboxImage === "string" ? parsed.sandboxImage : undefined;
  } catch {
    return undefined;
  }
}
