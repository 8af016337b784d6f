/** What the endpoints of one server share. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { AllocationServices } from "#pkg/registry/strategy.ts";
import type { Storage } from "#pkg/storage/types.ts";
import type { AdmissionChain } from "./admission/chain.ts";
import type { RemoteApis } from "./aggregation/index.ts";
import type { TokenReviewer } from "./authn/bearer-token.ts";
import type { SigningKey } from "./authn/service-account-keys.ts";
import type { Authorizer } from "./authz/authorizer.ts";
import type { RbacPolicy } from "./authz/rbac/policy.ts";
import type { ObjectReader } from "./resources/reader.ts";
import type { ResourceTable } from "./resources/table.ts";

export interface ServerServices {
  readonly storage: Storage;
  readonly table: ResourceTable;
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authorizer: Authorizer;
  readonly policy: RbacPolicy;
  readonly admission: AdmissionChain;
  /** APIs that other servers serve. */
  readonly remoteApis: RemoteApis;
  readonly allocation: AllocationServices;
  readonly tokens: TokenReviewer;
  readonly tokenIssue: TokenIssueSettings | undefined;
  readonly kubelet: KubeletConnection;
  /** Aborted when the server begins to stop: ends watches and streams. */
  readonly stopping: AbortSignal;
}

export interface TokenIssueSettings {
  readonly key: SigningKey;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly expirationSecondsMax: number;
  /** Tokens for pods ask for 3607 s and get a year, with a warning time, until clients reload theirs. */
  readonly extendExpiration: boolean;
}

export interface KubeletConnection {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly addressTypes: readonly string[];
}
