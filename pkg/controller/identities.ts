/**
 * `--use-service-account-credentials`: each controller writes as a service account of kube-system with the rights of that
 * controller only. Tokens come from the API and are asked for anew before they run out, or when the account was made anew.
 */
import { resources } from "#api/gen/resources.ts";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { type Client, type Connection, connect, type InformerSet, isNotFound } from "#pkg/client/index.ts";

const namespace = "kube-system";
const lifetimeSeconds = 3600;
/** The part of its lifetime after which a token is replaced. */
const freshPart = 0.8;

/** Upstream's accounts, where they are not called as the controller is. Upstream's bootstrap policy binds roles to them. */
const accounts = new Map([
  ["bootstrap-signer-controller", "bootstrap-signer"],
  ["certificatesigningrequest-approving-controller", "certificate-controller"],
  ["certificatesigningrequest-cleaner-controller", "certificate-controller"],
  ["certificatesigningrequest-signing-controller", "certificate-controller"],
  ["daemonset-controller", "daemon-set-controller"],
  ["endpoints-controller", "endpoint-controller"],
  ["endpointslice-mirroring-controller", "endpointslicemirroring-controller"],
  ["garbage-collector-controller", "generic-garbage-collector"],
  ["horizontal-pod-autoscaler-controller", "horizontal-pod-autoscaler"],
  ["legacy-serviceaccount-token-cleaner-controller", "legacy-service-account-token-cleaner"],
  ["node-ipam-controller", "node-controller"],
  ["node-lifecycle-controller", "node-controller"],
  ["persistentvolume-attach-detach-controller", "attachdetach-controller"],
  ["persistentvolume-binder-controller", "persistent-volume-binder"],
  ["persistentvolume-expander-controller", "expand-controller"],
  ["persistentvolume-protection-controller", "pv-protection-controller"],
  ["persistentvolumeclaim-protection-controller", "pvc-protection-controller"],
  ["pod-garbage-collector-controller", "pod-garbage-collector"],
  ["replicationcontroller-controller", "replication-controller"],
  ["resourceclaim-controller", "resource-claim-controller"],
  ["root-ca-certificate-publisher-controller", "root-ca-cert-publisher"],
  ["service-cidr-controller", "service-cidrs-controller"],
  ["serviceaccount-controller", "service-account-controller"],
  ["taint-eviction-controller", "node-controller"],
  ["token-cleaner-controller", "token-cleaner"],
]);

/** Makes the tokens of accounts, so it has none of its own; upstream's neither. */
const withoutAccount = "serviceaccount-token-controller";

export const accountOf = (controller: string): string => accounts.get(controller) ?? controller;

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly freshUntil: number;
}

export interface IdentitiesOptions {
  /** The controller manager's own, which may make accounts and ask for their tokens. */
  readonly client: Client;
  readonly connection: Connection;
  readonly clock: Clock;
}

export class Identities implements AsyncDisposable {
  readonly #options: IdentitiesOptions;
  readonly #clients = new Map<string, Client>();
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(options: IdentitiesOptions) {
    this.#options = options;
  }

  /** Call before the informers start: whoever deletes an account takes its tokens back. */
  watch(informers: InformerSet): void {
    informers.informer(resources.serviceaccounts).addHandler({
      deleted: ({ metadata }) => {
        if (metadata.namespace === namespace) this.#tokens.delete(metadata.name ?? "");
      },
    });
  }

  /** Connects lazily. The same controller gets the same client. */
  clientOf(controller: string): Client {
    if (controller === withoutAccount) return this.#options.client;
    const account = accountOf(controller);
    const known = this.#clients.get(account);
    if (known) return known;
    const { server, ca, insecure } = this.#options.connection;
    const client = connect({
      server,
      ...(ca === undefined ? {} : { ca }),
      ...(insecure ? { insecure } : {}),
      userAgent: `kube-controller-manager/${account}`,
      token: () => this.#tokenOf(account),
    });
    this.#clients.set(account, client);
    return client;
  }

  /** One request for a token serves all calls that wait for it. */
  async #tokenOf(account: string): Promise<string> {
    const known = this.#tokens.get(account);
    if (known) {
      const token = await known;
      if (this.#options.clock.now() < token.freshUntil) return token.text;
      if (this.#tokens.get(account) === known) this.#tokens.delete(account);
      return this.#tokenOf(account);
    }
    const asked = this.#ask(account);
    this.#tokens.set(account, asked);
    asked.catch(() => {
      if (this.#tokens.get(account) === asked) this.#tokens.delete(account);
    });
    return (await asked).text;
  }

  async #ask(account: string): Promise<Token> {
    const { client, clock } = this.#options;
    const address = { namespace, name: account };
    await client.serviceaccounts.get(address).catch(async (error: unknown) => {
      if (!isNotFound(error)) throw error;
      await client.serviceaccounts.create({ metadata: address });
    });
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: lifetimeSeconds },
    };
    const { status } = await client.serviceaccounts.subresource<{
      status: { token: string; expirationTimestamp: string };
    }>("POST", address, "token", request);
    const now = clock.now();
    const lifetimeMs = Date.parse(status.expirationTimestamp) - now;
    return { text: status.token, freshUntil: now + lifetimeMs * freshPart };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client[Symbol.asyncDispose]();
  }
}
