/** `--token-auth-file`: lines of `token,user,uid,"group1,group2"`. */
import { createHash } from "node:crypto";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { TokenAuthenticator } from "./authenticator.ts";

const digest = (token: string) => createHash("sha256").update(token).digest("base64");

/** Throws on a line with fewer than three columns. */
export function staticTokens(csv: string): TokenAuthenticator {
  // Looked up by digest, so that the time taken tells nothing about a token.
  const users = new Map<string, RequestUser>();
  for (const line of csv.split(/\r?\n/)) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [token, name, uid, groups] = parseCsvLine(line);
    if (!token || !name || uid === undefined)
      throw new Error("token file: expected at least 3 columns, token, user, uid");
    users.set(digest(token), { name, uid, groups: groups ? groups.split(",").map((g) => g.trim()) : [] });
  }
  return {
    name: "token-file",
    async authenticateToken(token) {
      const user = users.get(digest(token));
      return user && { user };
    },
  };
}

function parseCsvLine(line: string): string[] {
  const cells: string[] = [];
  for (const match of line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? "").trim());
  }
  return cells;
}
