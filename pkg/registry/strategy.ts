/**
 * What the generic API server cannot know about one resource. One folder a resource under
 * `pkg/registry/<group>/<resource>/`, a `strategy.ts` in each; `pkg/registry/index.ts` lists them all.
 *
 * Order of calls on create: decode → applyDefaults → admission (mutating) → prepareForCreate → allocate → validate → admission
 * (validating) → store. On update and patch: decode → applyDefaults → admission → prepareForUpdate → allocate → validate(new) and
 * validateUpdate(new, old) → admission → store. After a deletion: release. All functions are pure but `allocate` and `release`;
 * those that prepare change `object` in place.
 */
import type { DeleteOptions } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { KeptMember } from "./shared/kept-metadata.ts";

export interface RequestUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a strategy may know of the request. */
export interface StrategyContext {
  readonly user: RequestUser;
  readonly namespace: string;
  readonly now: Date;
  readonly dryRun: boolean;
  /** Tells the client something that only a change makes known. */
  warn(text: string): void;
}

/** Reads the labels of the request's namespace. */
export type NamespaceLabels = () => Promise<Readonly<Record<string, string>>>;

export interface UpdateRules<T extends KubeObject = KubeObject> {
  /** Members of metadata that a subresource leaves as they are: whoever writes them there does not own their fields. */
  readonly keepsMetadata?: readonly KeptMember[];
  /** Puts back what this endpoint may not change (status on the main resource, spec on /status) and bumps generation. */
  prepareForUpdate?(object: T, old: Readonly<T>, context: StrategyContext): void;
  /** Rules between two states. The generic server adds metadata's own update rules. */
  validateUpdate?(object: T, old: Readonly<T>, context: StrategyContext): FieldError[];
  warningsOnUpdate?(object: T, old: Readonly<T>, context: StrategyContext): string[];
}

export interface Strategy<T extends KubeObject = KubeObject> extends UpdateRules<T> {
  /** Conditional defaults; the ones in the `.api` table are applied before by the decoder. */
  applyDefaults?(object: T): void;
  /**
   * Takes away fields that are not kept: of features that are off, and those that say nothing about such an object. Who set
   * them owns them nevertheless, and admission sees them.
   */
  dropUnkeptFields?(object: T): void;
  /** Fills in the rest of a new object that kept the rules; again for every name that the server tries. */
  complete?(object: T): void;
  /** Clears what clients may not set (status), sets generation (when `hasGeneration`). */
  prepareForCreate?(object: T, context: StrategyContext): void;
  /** Rules on one state; runs on create and on update. Metadata is validated by the generic server with `validateName`. */
  validate?(object: T, context: StrategyContext): FieldError[];
  /** Rules on one state that hold only on create: what is stored already may break them. Runs after `validate`. */
  validateCreate?(object: T, context: StrategyContext): FieldError[];
  /** Rules for new objects that depend on their namespace. What they find is told first. */
  validateInNamespace?(object: T, labels: NamespaceLabels): Promise<FieldError[]>;
  warningsOnCreate?(object: T, context: StrategyContext): string[];
  /** Returns what is wrong with a name; the default is a DNS-1123 subdomain. `prefix`: it is a generateName. */
  validateName?(name: string, prefix: boolean): string[];
  /** Members of the object, beside status, that an update puts back: whoever writes them does not own their fields. */
  readonly unowned?: readonly string[];
  /** A write of the object writes its status, too, though that has an endpoint of its own. */
  readonly writesStatus?: boolean;
  /**
   * What is below the members of an object is replaced, never changed in place, by defaults (unless one was missing),
   * admission and `prepareForUpdate` of the resource and of its status: an update shares what it leaves as it was with
   * the old object instead of making it anew. Neither `applyDefaults` nor `dropUnkeptFields` looks at metadata: a change of
   * that alone does without them.
   */
  readonly sharesUntouched?: boolean;
  /** `metadata.generation` starts at 1 and grows when anything but metadata and status changes. */
  readonly hasGeneration?: boolean;
  /** PUT to a name that does not exist creates it (Lease, Endpoints, Event …). */
  readonly allowCreateOnUpdate?: boolean;
  /** PUT without a resourceVersion overwrites; default true, as for most resources. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Seconds of grace for a deletion; undefined: delete at once. Only pods have one. */
  gracePeriodSeconds?(object: Readonly<T>, requested: number | undefined): number | undefined;
  /** Changes an object that is being marked as deleted and lives on for its finalizers. */
  prepareForDelete?(object: T, old: Readonly<T>, context: StrategyContext): void;
  /** Finalizers that an object gets when its deletion begins, because something has to go before it. */
  readonly finalizersOnDelete?: readonly string[];
  /** Seconds until an object of this kind expires (events: 3600). */
  readonly ttlSeconds?: number;
  /** Field selectors beyond metadata.name and metadata.namespace; the values are compared as strings. */
  readonly fields?: Readonly<Record<string, (object: Readonly<T>) => string>>;
  /** Which of `fields` get an index. */
  readonly indexed?: readonly string[];
  /** Rules of subresources that write the same object: status, resize, ephemeralcontainers, approval, finalize. */
  readonly subresources?: Readonly<Record<string, UpdateRules<T>>>;
  /**
   * Takes what must be unique in the cluster (cluster IPs, node ports), before the rules look at the object. Returns how
   * to give it back when the object is refused or not written, and what to release after it was. On a dry run it takes
   * nothing, and fills in what could be had.
   */
  allocate?(
    object: T,
    old: Readonly<T> | undefined,
    context: StrategyContext & { readonly services: AllocationServices },
  ): Promise<Allocation>;
  /** Gives back what an object held that is gone. Must not throw: what could not be given back is found later. */
  release?(object: Readonly<T>, services: AllocationServices): Promise<void>;
  /** Etcd prefix below /registry/, where it is not the plural: `services/specs`, `minions`, … */
  readonly storagePrefix?: string;
  /** What becomes of an object's dependents when its deletion says nothing of them; absent: Background. */
  readonly defaultPropagation?: "Background" | "Orphan";
  /** Told to who deletes, whatever there is. */
  warningsOnDelete?(options: DeleteOptions): string[];
}

export interface Allocation {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Cluster-wide allocators that strategies may ask; the API server owns them. */
export interface AllocationServices {
  readonly clusterIps: AddressAllocator;
  readonly nodePorts: Allocator;
}

export interface Allocator {
  /** Takes `wanted`, or any free value. Throws an Error with upstream's text when taken, out of range or full. */
  allocate(wanted?: string): Promise<string>;
  release(value: string): Promise<void>;
  isTaken(value: string): boolean;
}

export type IpFamily = "IPv4" | "IPv6";

/** Who has an address. */
export interface AddressHolder {
  readonly namespace: string;
  readonly name: string;
}

export interface AddressRequest {
  readonly family: IpFamily;
  readonly holder: AddressHolder;
  /** Undefined: any that is free. */
  readonly wanted?: string;
  /** Only says what could be had. */
  readonly dryRun: boolean;
}

/** Addresses of Services: each that is taken is an object of its own, whose creation is the lock. */
export interface AddressAllocator {
  /** The families that Services have in this cluster, the default one first. */
  readonly families: readonly IpFamily[];
  /**
   * Throws an Error with upstream's text when the address is taken or out of range, RangeFullError when none is left.
   * `adopted`: the record was the holder's before it existed, and is not to be given back when it is not stored.
   */
  allocate(request: AddressRequest): Promise<{ readonly address: string; readonly adopted: boolean }>;
  /** Does nothing when somebody else has the address. */
  release(address: string, holder: AddressHolder): Promise<void>;
}

export class RangeFullError extends Error {
  override readonly name = "RangeFullError";
}
