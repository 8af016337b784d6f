/** The answer to who must come again later. */
import { PlainTextError } from "../http/errors.ts";

export class TooManyRequestsError extends PlainTextError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("TooManyRequests", "Too many requests, please try again later.", { details: { retryAfterSeconds } });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
