/**
 * Has drivers prepare the devices of a pod's claims before its containers begin, and take them back when the last pod
 * that used them has ended. KEP-4381.
 */
import type { Container, Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { claimNameOf, isReservedFor, whyNotOwn } from "#pkg/apimachinery/devices/pod-claims.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Client } from "#pkg/client/index.ts";
import { type AnyContainer, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import type { ClaimReference, DeviceReply } from "./api.ts";
import type { Checkpoint, PreparedClaim, PreparedDevice } from "./checkpoint.ts";
import type { DriverPlugin } from "./driver-plugin.ts";
import { Turns } from "./turns.ts";

export interface DraManagerOptions {
  readonly client: Client;
  readonly drivers: { get(driver: string): Pick<DriverPlugin, "prepare" | "unprepare"> };
  readonly checkpoint: Pick<Checkpoint, "read" | "write">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** How often it is looked for pods that are gone and never gave their claims back. */
const reconcileMs = 60_000;

const referenceOf = ({ namespace, uid, name }: PreparedClaim): ClaimReference => ({ namespace, uid, name });

export class DraManager {
  readonly #options: DraManagerOptions;
  /** By `namespace/name`. */
  readonly #claims = new Map<string, PreparedClaim>();
  /** Those that drivers have prepared since this process began. */
  readonly #prepared = new Set<PreparedClaim>();
  readonly #turns = new Turns();

  private constructor(options: DraManagerOptions, known: readonly PreparedClaim[]) {
    this.#options = options;
    for (const claim of known) this.#claims.set(`${claim.namespace}/${claim.name}`, claim);
  }

  /** Rejects when what is kept of claims cannot be read. */
  static async create(options: DraManagerOptions): Promise<DraManager> {
    const known = await options.checkpoint.read().catch((error: Error) => {
      throw new Error(`create ResourceClaim cache: ${error.message}`, { cause: error });
    });
    return new DraManager(options, known);
  }

  /** Idempotent. Rejects with an Error in upstream's words. */
  async prepare(pod: Pod): Promise<void> {
    if (!pod.spec.resourceClaims?.length) return;
    await saying("prepare dynamic resources", async () => {
      const names = namesOf(pod);
      if (names.length > 0) await this.#turns.run(names.map(keyIn(pod)), () => this.#prepare(pod, names));
    });
  }

  /** Names of devices in the runtime's Container Device Interface. Throws an Error in upstream's words. */
  cdiDevices(pod: Pod, container: AnyContainer): string[] {
    const wanted = (container as Container).resources?.claims ?? [];
    if (wanted.length === 0) return [];
    return (pod.spec.resourceClaims ?? []).flatMap((podClaim) => {
      const name = nameIn(pod, podClaim);
      if (name === undefined) return [];
      return wanted
        .filter((claim) => claim.name === podClaim.name)
        .flatMap(({ request }) => {
          const claim = this.#claims.get(keyIn(pod)(name));
          if (!claim) throw new Error(`internal error: unable to get claim info for ResourceClaim ${name}`);
          return devicesFor(claim, request);
        });
    });
  }

  /**
   * Call when no container of the pod runs any more, also of one of which only the uid is left. Idempotent. Rejects
   * with an Error in upstream's words.
   */
  async unprepare(pod: Pod): Promise<void> {
    const uid = uidOf(pod);
    const keys = [...this.#claims].filter(([, { pods }]) => pods.has(uid)).map(([key]) => key);
    if (keys.length > 0) await saying("unprepare dynamic resources", () => this.#giveBack(uid, keys));
  }

  /** Until the signal: gives back what pods left behind. `activePods` are uids; undefined: not known yet. */
  async run(activePods: () => ReadonlySet<string> | undefined): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      const active = activePods();
      if (active) await this.#reconcile(active);
      await clock.sleep(reconcileMs, signal).catch(() => undefined);
    }
  }

  async #reconcile(active: ReadonlySet<string>): Promise<void> {
    const left = new Map<string, string[]>();
    for (const [key, { pods }] of this.#claims) {
      for (const pod of pods) if (!active.has(pod)) left.set(pod, [...(left.get(pod) ?? []), key]);
    }
    for (const [pod, keys] of left) {
      try {
        await this.#giveBack(pod, keys);
      } catch (err) {
        if (this.#options.signal.aborted) return;
        this.#options.log.info({ err, pod }, "claims of a pod that is gone were not given back; this is tried again");
      }
    }
  }

  /** Nothing is remembered of a pod before it is known that its drivers can be asked: it can go without them then. */
  async #prepare(pod: Pod, names: readonly string[]): Promise<void> {
    const { drivers, signal } = this.#options;
    const found: PreparedClaim[] = [];
    for (const name of names) found.push(await this.#fetch(pod, name));
    const plugins = new Map(
      found.flatMap((fresh) => [...fresh.drivers.keys()].map((name) => [name, drivers.get(name)])),
    );
    const unprepared: PreparedClaim[] = [];
    for (const fresh of found) {
      const claim = this.#remember(fresh, pod);
      if (!this.#prepared.has(claim)) unprepared.push(claim);
    }
    await this.#save("checkpoint ResourceClaim cache");
    for (const [driver, plugin] of plugins) {
      const claims = unprepared.filter((claim) => claim.drivers.has(driver));
      if (claims.length === 0) continue;
      const replies = await saying("NodePrepareResources", () => plugin.prepare(claims.map(referenceOf), signal));
      for (const { claim, reply } of matched("NodePrepareResources", claims, replies)) {
        claim.drivers.set(driver, (reply?.devices ?? []).map(preparedDevice));
      }
    }
    for (const claim of unprepared) this.#prepared.add(claim);
    await this.#save("checkpoint ResourceClaim state");
  }

  /** As it is before anything was prepared. */
  async #fetch(pod: Pod, name: string): Promise<PreparedClaim> {
    const { client, signal } = this.#options;
    const namespace = namespaceOf(pod);
    const claim = await saying(`fetch ResourceClaim ${name}`, () =>
      client.resourceclaims.get({ namespace, name }, { signal }),
    );
    const isOwn = pod.spec.resourceClaims?.some(
      (podClaim) => podClaim.resourceClaimTemplateName !== undefined && nameIn(pod, podClaim) === name,
    );
    const wrong = isOwn ? whyNotOwn(claim, pod) : undefined;
    if (wrong) throw new Error(wrong);
    const uid = claim.metadata.uid ?? "";
    if (!isReservedFor(claim, pod)) {
      throw new Error(`pod ${nameOf(pod)} (${uidOf(pod)}) is not allowed to use ResourceClaim ${name} (${uid})`);
    }
    const { allocation } = claim.status ?? {};
    if (!allocation) throw new Error(`ResourceClaim ${name}: not allocated`);
    const drivers = new Map((allocation.devices?.results ?? []).map(({ driver }) => [driver, []]));
    return { uid, name, namespace, pods: new Set(), drivers };
  }

  #remember(fresh: PreparedClaim, pod: Pod): PreparedClaim {
    const key = `${fresh.namespace}/${fresh.name}`;
    const claim = this.#claims.get(key) ?? fresh;
    if (claim.uid !== fresh.uid) {
      const why = `and different UID ${claim.uid} still exists (previous pod force-deleted?!)`;
      throw new Error(`old ResourceClaim with same name ${fresh.name} ${why}`);
    }
    this.#claims.set(key, claim);
    claim.pods.add(uidOf(pod));
    return claim;
  }

  #giveBack(pod: string, keys: readonly string[]): Promise<void> {
    return this.#turns.run(keys, () => this.#unprepare(pod, keys));
  }

  async #unprepare(pod: string, keys: readonly string[]): Promise<void> {
    const { drivers, signal } = this.#options;
    const unused: PreparedClaim[] = [];
    for (const key of keys) {
      const claim = this.#claims.get(key);
      if (!claim?.pods.has(pod)) continue;
      if (claim.pods.size > 1) claim.pods.delete(pod);
      else unused.push(claim);
    }
    for (const driver of new Set(unused.flatMap((claim) => [...claim.drivers.keys()]))) {
      const claims = unused.filter((claim) => claim.drivers.has(driver));
      const plugin = drivers.get(driver);
      const replies = await saying("NodeUnprepareResources", () => plugin.unprepare(claims.map(referenceOf), signal));
      matched("NodeUnprepareResources", claims, replies);
    }
    for (const claim of unused) {
      this.#claims.delete(`${claim.namespace}/${claim.name}`);
      this.#prepared.delete(claim);
    }
    await this.#save("checkpoint ResourceClaim state");
  }

  #save(what: string): Promise<void> {
    return saying(what, () => this.#options.checkpoint.write(this.#claims.values()));
  }
}

const keyIn =
  (pod: Pod) =>
  (name: string): string =>
    `${namespaceOf(pod)}/${name}`;

/** Undefined for a claim that the pod does not need. Throws an Error in upstream's words. */
function nameIn(pod: Pod, podClaim: NonNullable<Pod["spec"]["resourceClaims"]>[number]): string | undefined {
  const where = claimNameOf(pod, podClaim);
  if (where.kind === "unknown") {
    throw new Error(`pod "${namespaceOf(pod)}/${nameOf(pod)}": ResourceClaim not created yet`);
  }
  return where.kind === "named" ? where.name : undefined;
}

/** Each once, whatever the pod calls it. */
const namesOf = (pod: Pod): string[] => {
  const names = (pod.spec.resourceClaims ?? []).map((podClaim) => nameIn(pod, podClaim));
  return [...new Set(names.filter((name) => name !== undefined))];
};

async function saying<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

/** The driver's answer on each claim. Throws an Error in upstream's words when one failed or was passed over. */
function matched<T extends { readonly error: string }>(
  method: string,
  claims: readonly PreparedClaim[],
  replies: Readonly<Record<string, T | undefined>>,
): { claim: PreparedClaim; reply: T | undefined }[] {
  const answered = Object.entries(replies).map(([uid, reply]) => {
    const claim = claims.find((one) => one.uid === uid);
    if (!claim) throw new Error(`${method} returned result for unknown claim UID ${uid}`);
    if (reply?.error) throw new Error(`${method} failed for ResourceClaim ${claim.name}: ${reply.error}`);
    return { claim, reply };
  });
  const skipped = claims.length - answered.length;
  if (skipped !== 0) throw new Error(`${method} skipped ${skipped} ResourceClaims`);
  return answered;
}

const preparedDevice = ({
  poolName,
  deviceName,
  shareId,
  requestNames,
  cdiDeviceIds,
}: DeviceReply): PreparedDevice => ({
  poolName,
  deviceName,
  shareId,
  requestNames,
  cdiDeviceIds,
});

/** Of one request, or of all when none is named. */
const devicesFor = ({ drivers }: PreparedClaim, request: string | undefined): string[] =>
  [...drivers.values()]
    .flat()
    .filter(({ requestNames }) => !request || requestNames.length === 0 || requestNames.includes(request))
    .flatMap(({ cdiDeviceIds }) => cdiDeviceIds);
