/** What ends a stream or a whole connection (RFC 9113, section 5.4). */
import { errorCode } from "./frames.ts";

export class Http2Error extends Error {
  override readonly name = "Http2Error";
  /** RFC 9113, section 7. */
  readonly code: number;
  /** The only stream that it ends; undefined: the connection. */
  readonly stream: number | undefined;

  constructor(code: number, message: string, stream?: number) {
    super(`http2: ${message}`);
    this.code = code;
    this.stream = stream;
  }
}

export const protocolError = (message: string, stream?: number): Http2Error =>
  new Http2Error(errorCode.protocol, message, stream);
