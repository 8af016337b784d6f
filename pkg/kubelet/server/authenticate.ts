/** Who talks to the kubelet: a client certificate, a bearer token that the API server knows, or anybody if allowed. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { ExpiringCache } from "./expiring-cache.ts";
import { HttpError, type ServerHost, type ServerOptions } from "./host.ts";

export interface KubeletUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Upstream's authentication.webhook.cacheTTL. */
const tokenTtlMs = 2 * 60_000;
const tokensMax = 1000;

export class Authentication {
  readonly #host: ServerHost;
  readonly #options: ServerOptions;
  readonly #tokens: ExpiringCache<KubeletUser | null>;

  constructor(host: ServerHost, options: ServerOptions) {
    this.#host = host;
    this.#options = options;
    this.#tokens = new ExpiringCache(host.clock, tokensMax);
  }

  /** Rejects with 401. */
  async identify(request: IncomingMessage): Promise<KubeletUser> {
    const user = this.#byCertificate(request.socket as TLSSocket) ?? (await this.#byToken(request));
    if (user) return user;
    if (this.#options.anonymous && request.headers.authorization === undefined)
      return { name: "system:anonymous", groups: ["system:unauthenticated"] };
    throw new HttpError(401, "Unauthorized");
  }

  #byCertificate(socket: TLSSocket): KubeletUser | undefined {
    if (this.#options.clientCa === undefined || !socket.authorized) return undefined;
    const { subject } = socket.getPeerCertificate();
    const name = first(subject?.CN);
    if (name === undefined) return undefined;
    return { name, groups: [...all(subject.O), "system:authenticated"] };
  }

  async #byToken({ headers }: IncomingMessage): Promise<KubeletUser | undefined> {
    const token = /^bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (token === undefined || this.#options.tokenReview === false) return undefined;
    const key = createHash("sha256").update(token).digest("base64");
    let user = this.#tokens.get(key);
    if (user === undefined) {
      user = await this.#review(token);
      this.#tokens.set(key, user, tokenTtlMs);
    }
    return user ?? undefined;
  }

  async #review(token: string): Promise<KubeletUser | null> {
    const review = await this.#host.client.tokenreviews.create({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: {},
      spec: { token },
    });
    const { authenticated, user } = review.status ?? {};
    if (!authenticated || !user?.username) return null;
    return {
      name: user.username,
      groups: user.groups ?? [],
      ...(user.uid ? { uid: user.uid } : {}),
      ...(user.extra ? { extra: user.extra } : {}),
    };
  }
}

/** Subjects hold a name once or several times. */
const all = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const first = (value: string | string[] | undefined): string | undefined => all(value)[0];
