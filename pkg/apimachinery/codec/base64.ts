/** Base64 as Go's StdEncoding reads it. */

const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The canonical text of the same bytes, or where the first wrong byte stands. */
export function canonicalBase64(text: string): { text: string } | { wrongAt: number } {
  if (!canonical.test(text)) {
    const wrongAt = firstWrongByte(text);
    if (wrongAt !== undefined) return { wrongAt };
  }
  // Bits after the last whole byte do not survive: `QR==` is `QQ==`.
  return { text: Buffer.from(text, "base64").toString("base64") };
}

const isNewline = (char: string | undefined) => char === "\n" || char === "\r";

/** The offset that Go reports for text that is not base64; line ends may stand anywhere. */
function firstWrongByte(text: string): number | undefined {
  let inGroup = 0;
  let at = 0;
  const skipNewlines = () => {
    while (isNewline(text[at])) at++;
  };
  for (;;) {
    skipNewlines();
    const char = text[at];
    if (char === undefined) return inGroup === 0 ? undefined : at - inGroup;
    at++;
    if (/[A-Za-z0-9+/]/.test(char)) inGroup = (inGroup + 1) % 4;
    else if (char !== "=" || inGroup < 2) return at - 1;
    else break;
  }
  if (inGroup === 2) {
    skipNewlines();
    if (at >= text.length) return text.length;
    if (text[at] !== "=") return at - 1;
    at++;
  }
  skipNewlines();
  return at < text.length ? at : undefined;
}
