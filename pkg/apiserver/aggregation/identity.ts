/** How this server tells another one for whom it asks: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/ */
import type { RequestUser } from "#pkg/registry/strategy.ts";

/** Characters that may stand in the name of a header (RFC 9110), but `%`, which marks what is escaped. */
const plain = /[!#$&'*+.^_`|~0-9A-Za-z-]/;

export function userHeaders({ name, uid, groups, extra }: RequestUser): [string, string[]][] {
  const headers: [string, string[]][] = [["X-Remote-User", [name]]];
  if (uid) headers.push(["X-Remote-Uid", [uid]]);
  if (groups.length > 0) headers.push(["X-Remote-Group", [...groups]]);
  for (const [key, values] of Object.entries(extra ?? {})) {
    headers.push([`X-Remote-Extra-${escapeKey(key)}`, [...values]]);
  }
  return headers;
}

function escapeKey(key: string): string {
  let text = "";
  for (const byte of Buffer.from(key)) {
    const character = String.fromCharCode(byte);
    text += plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** Whether a header of a client's request is a claim about who it is: only this server's own may arrive. */
export const isIdentity = (name: string): boolean =>
  name === "authorization" || name.startsWith("impersonate-") || name.startsWith("x-remote-");
