/** Where the runtime keeps images and containers. */
import type { Cri } from "../cri/client.ts";

export interface ImagePlaces {
  readonly images: string;
  /** Where the containers' own layers lie; mostly the same. */
  readonly containers: string;
}

export class ImageFileSystem {
  readonly #cri: Cri;
  #places: ImagePlaces | undefined;

  constructor(cri: Cri) {
    this.#cri = cri;
  }

  /** Asked of the runtime until it answers once: it never moves. Rejects with CriError, or Error when it does not tell. */
  async places(): Promise<ImagePlaces> {
    if (this.#places) return this.#places;
    const { imageFilesystems, containerFilesystems } = await this.#cri.image("ImageFsInfo", {}, { timeoutMs: 10_000 });
    const images = imageFilesystems[0]?.fsId?.mountpoint ?? "";
    if (images === "") throw new Error("imageFs information is unavailable");
    this.#places = { images, containers: containerFilesystems[0]?.fsId?.mountpoint || images };
    return this.#places;
  }
}
