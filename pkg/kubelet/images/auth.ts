/** Registry credentials from imagePullSecrets. Pure. */

import type { AuthConfig, Init } from "#api/cri/index.ts";
import type { Secret } from "#api/types/core/v1";

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** The registry that an image's name begins with. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  return isHost ? first : "docker.io";
}

const hostOf = (key: string): string =>
  key
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/$/, "");

/** Credentials for the image, the longest match first; secrets that do not parse are passed over. */
export function credentialsFor(image: string, secrets: readonly Readonly<Secret>[]): Init<AuthConfig>[] {
  const found: { key: string; auth: Init<AuthConfig> }[] = [];
  const name = registryOf(image) === "docker.io" && !image.startsWith("docker.io/") ? `docker.io/${image}` : image;
  for (const secret of secrets) {
    for (const [key, auth] of entriesOf(secret)) {
      const host = hostOf(key).replace(/^index\.docker\.io$/, "docker.io");
      if (name === host || name.startsWith(`${host}/`)) found.push({ key: host, auth: authConfig(auth, host) });
    }
  }
  return found.sort((a, b) => b.key.length - a.key.length).map(({ auth }) => auth);
}

function entriesOf({ data = {} }: Readonly<Secret>): [string, DockerAuth][] {
  const config = data[".dockerconfigjson"];
  const legacy = data[".dockercfg"];
  try {
    const text = Buffer.from(config ?? legacy ?? "", "base64").toString();
    if (text === "") return [];
    const parsed = JSON.parse(text) as { auths?: Record<string, DockerAuth> } & Record<string, DockerAuth>;
    return Object.entries((config ? parsed.auths : parsed) ?? {}) as [string, DockerAuth][];
  } catch {
    return [];
  }
}

function authConfig({ username, password, auth, identitytoken }: DockerAuth, serverAddress: string): Init<AuthConfig> {
  const [user = "", ...secret] = auth ? Buffer.from(auth, "base64").toString().split(":") : [];
  return {
    username: username ?? user,
    password: password ?? secret.join(":"),
    serverAddress,
    identityToken: identitytoken ?? "",
  };
}
