/** Service account tokens for pods: asked for by TokenRequest, bound to the pod, renewed before they expire. */
import type { Pod, ServiceAccountTokenProjection } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Client } from "#pkg/client/index.ts";
import type { Token } from "../volumes/payload.ts";
import { nameOf, namespaceOf, uidOf } from "./pod.ts";

/** A token is renewed when this share of its life is over, or it is a day old. */
const renewShare = 0.8;
const ageMsMax = 24 * 60 * 60_000;
const defaultSeconds = 3600;

interface TokenReply {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

export class ServiceAccountTokens {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #tokens = new Map<string, Map<string, Token>>();

  constructor(options: { readonly client: Client; readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#signal = options.signal;
  }

  /** Rejects with StatusError. */
  async token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<Token> {
    const audiences = projection.audience ? [projection.audience] : [];
    const seconds = projection.expirationSeconds ?? defaultSeconds;
    const key = JSON.stringify([audiences, seconds]);
    const ofPod = this.#tokens.get(uidOf(pod)) ?? new Map<string, Token>();
    this.#tokens.set(uidOf(pod), ofPod);
    const known = ofPod.get(key);
    const now = this.#clock.now();
    if (known && known.renewAt > now) return known;
    const reply = await this.#client.serviceaccounts.subresource<TokenReply>(
      "POST",
      { namespace: namespaceOf(pod), name: pod.spec.serviceAccountName || "default" },
      "token",
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: {},
        spec: {
          audiences,
          expirationSeconds: seconds,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: nameOf(pod), uid: uidOf(pod) },
        },
      },
      { signal: this.#signal },
    );
    const life = Date.parse(reply.status.expirationTimestamp) - now;
    const token = { token: reply.status.token, renewAt: now + Math.min(life * renewShare, ageMsMax) };
    ofPod.set(key, token);
    return token;
  }

  release(podUid: string): void {
    this.#tokens.delete(podUid);
  }
}
