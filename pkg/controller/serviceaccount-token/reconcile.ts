/** One token secret, and one reference to a secret that is gone. */
import { SignJWT } from "jose";
import { resources } from "#api/gen/resources.ts";
import type { Secret, ServiceAccount } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { done, type Informer, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { SigningKey } from "#pkg/pki/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { accountOf, claimsOf, filled, isTokenSecret, missingFrom } from "./plan.ts";

/** `namespace/account/secret`. */
export const referenceKey = ({ namespace, name }: Readonly<ObjectMeta>, account: string): string =>
  `${namespace}/${account}/${name}`;

export class TokenReconciler {
  readonly #context: ControllerContext;
  readonly #key: SigningKey;
  readonly #rootCa: string;
  readonly #secrets: Informer<Secret>;
  readonly #accounts: Informer<ServiceAccount>;

  constructor(context: ControllerContext, key: SigningKey) {
    this.#context = context;
    this.#key = key;
    this.#rootCa = context.options.rootCa ?? context.options.connection.ca ?? "";
    this.#secrets = context.informers.informer(resources.secrets);
    this.#accounts = context.informers.informer(resources.serviceaccounts);
  }

  async fill(key: string, signal: AbortSignal): Promise<Outcome> {
    const secret = this.#secrets.get(key);
    if (!secret || !isTokenSecret(secret) || secret.metadata.deletionTimestamp) return done;
    const account = await this.#accountOf(secret, signal);
    try {
      if (!account) await this.#remove(secret, signal);
      else await this.#write(secret, account, signal);
    } catch (error) {
      // Its next state comes by the cache.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return done;
  }

  /** The cache may not know an account that was just made: one that it does not know is asked for. */
  async #accountOf(secret: Readonly<Secret>, signal: AbortSignal): Promise<Readonly<ServiceAccount> | undefined> {
    const { namespace = "" } = secret.metadata;
    const { name, uid } = accountOf(secret);
    const isRight = ({ metadata }: Readonly<ServiceAccount>) => uid === "" || metadata.uid === uid;
    const cached = this.#accounts.get(`${namespace}/${name}`);
    if (cached && isRight(cached)) return cached;
    try {
      const found = await this.#context.client.serviceaccounts.get({ namespace, name }, { signal });
      return isRight(found) ? found : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #remove({ metadata }: Readonly<Secret>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = metadata;
    await this.#context.client.secrets.delete({ namespace, name }, { signal, body: { preconditions: { uid } } });
  }

  async #write(secret: Readonly<Secret>, account: Readonly<ServiceAccount>, signal: AbortSignal): Promise<void> {
    const missing = missingFrom(secret, this.#rootCa);
    if (!missing) return;
    const token = missing.needsToken ? await this.#tokenFor(secret, account) : undefined;
    // With the resourceVersion of the cache: a token that is there already is never written over.
    await this.#context.client.secrets.update(filled(secret, account, missing.data, token), { signal });
  }

  #tokenFor(secret: Readonly<Secret>, account: Readonly<ServiceAccount>): Promise<string> {
    const { algorithm, id, privateKey } = this.#key;
    return new SignJWT(claimsOf(secret, account)).setProtectedHeader({ alg: algorithm, kid: id }).sign(privateKey);
  }

  async dropReference(key: string, signal: AbortSignal): Promise<Outcome> {
    const [namespace = "", name = "", secretName = ""] = key.split("/");
    // One of the same name may have come since.
    if (this.#secrets.get(`${namespace}/${secretName}`)) return done;
    const account = this.#accounts.get(`${namespace}/${name}`);
    if (!account?.secrets?.some((reference) => reference.name === secretName)) return done;
    const secrets = account.secrets.filter((reference) => reference.name !== secretName);
    try {
      await this.#context.client.serviceaccounts.update({ ...account, secrets }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return done;
  }
}
