/** The Date header (RFC 9110, section 6.6.1): written once a second. */

let second = 0;
let text = "";

export function httpDate(nowMs: number = Date.now()): string {
  const now = Math.floor(nowMs / 1_000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1_000).toUTCString();
  }
  return text;
}
