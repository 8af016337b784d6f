/** A header block comes in one HEADERS frame and as many CONTINUATION frames as it takes, with nothing between them. */
import { Http2Error, protocolError } from "../errors.ts";
import { errorCode, type FrameHead, flag, withoutPadding } from "../frames.ts";

/** A block of more bytes, or in more pieces, ends the connection: it would have to be decoded to stay in step. */
const blockBytesMax = 2 * 1024 * 1024;
const piecesMax = 256;
const priorityBytes = 5;

export interface HeaderBlock {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly bytes: Buffer;
  /** The stream is said to depend on itself, which is an error of the stream (RFC 7540, section 5.3.1). */
  readonly dependsOnItself: boolean;
}

export class HeaderBlockAssembler {
  #head: { stream: number; endsStream: boolean; dependsOnItself: boolean } | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** Only a CONTINUATION may come now. */
  get isOpen(): boolean {
    return this.#head !== undefined;
  }

  /** Returns the block when it is whole. */
  begin({ stream, flags }: FrameHead, payload: Buffer): HeaderBlock | undefined {
    let piece = withoutPadding(flags, payload);
    let dependsOnItself = false;
    if (flags & flag.priority) {
      if (piece.length < priorityBytes)
        throw new Http2Error(errorCode.frameSize, "headers shorter than their priority");
      dependsOnItself = (piece.readUInt32BE(0) & 0x7fff_ffff) === stream;
      piece = piece.subarray(priorityBytes);
    }
    const head = { stream, endsStream: (flags & flag.endStream) !== 0, dependsOnItself };
    if (flags & flag.endHeaders) return { ...head, bytes: piece };
    this.#head = head;
    this.#pieces = [piece];
    this.#bytes = piece.length;
    return undefined;
  }

  continue({ stream, flags }: FrameHead, payload: Buffer): HeaderBlock | undefined {
    const head = this.#head;
    if (head?.stream !== stream) throw protocolError("a continuation of nothing");
    this.#pieces.push(payload);
    this.#bytes += payload.length;
    if (this.#bytes > blockBytesMax || this.#pieces.length > piecesMax) {
      throw new Http2Error(errorCode.enhanceYourCalm, "headers without end");
    }
    if (!(flags & flag.endHeaders)) return undefined;
    const bytes = Buffer.concat(this.#pieces, this.#bytes);
    this.#head = undefined;
    this.#pieces = [];
    return { ...head, bytes };
  }
}
