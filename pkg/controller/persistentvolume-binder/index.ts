/**
 * Binds claims to volumes, tells when there is none, and looks after volumes whose claim is gone. Volumes are made by
 * provisioners outside of this program, which watch for the annotation that names them.
 */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import {
  bindCompleted,
  boundByController,
  noProvisioner,
  provisionedBy,
  provisionerKeys,
  selectedNode,
} from "#pkg/apimachinery/volumes/annotations.ts";
import { defaultClass } from "#pkg/apimachinery/volumes/default-class.ts";
import { classOf, isFor, namesClass, reservedFor } from "#pkg/apimachinery/volumes/matching.ts";
import { podClaims } from "#pkg/apimachinery/volumes/pod-claims.ts";
import { done, type EventRecorder, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { enqueueSelf, onChange } from "../framework/wiring.ts";
import { unbound, volumeFor, waitingFor } from "./plan.ts";

/** Pods without a node, by the claims that they use. */
const waitingPods = "persistentvolume-binder/waiting-pods";
const againMs = 15_000;
const conflictMs = 250;

export const persistentVolumeBinder: Controller = {
  name: "persistentvolume-binder-controller",
  build(context) {
    const claims = context.informers.informer(resources.persistentvolumeclaims);
    const volumes = context.informers.informer(resources.persistentvolumes);
    context.informers
      .informer(resources.pods)
      .addIndex(waitingPods, (pod) =>
        pod.spec.nodeName ? [] : podClaims(pod).map(({ name }) => `${pod.metadata.namespace}/${name}`),
      );
    const claimQueue = context.queue("claims");
    const volumeQueue = context.queue("volumes");
    enqueueSelf(claims, claimQueue);
    enqueueSelf(volumes, volumeQueue);
    onChange(claims, ({ spec }) => {
      if (spec?.volumeName) volumeQueue.add(spec.volumeName);
    });
    const wakeUnbound = () => {
      for (const claim of claims.list()) if (claim.status?.phase !== "Bound") claimQueue.add(keyOf(claim));
    };
    onChange(volumes, ({ spec }) => {
      const { namespace, name } = spec?.claimRef ?? {};
      if (name) claimQueue.add(`${namespace}/${name}`);
      else wakeUnbound();
    });
    onChange(context.informers.informer(resources.storageclasses), wakeUnbound);
    const binder = new Binder(context);
    return {
      loops: [
        // One worker: two claims must not take the same volume.
        { queue: claimQueue, workers: 1, reconcile: (key, signal) => binder.claim(key, signal) },
        { queue: volumeQueue, workers: 1, reconcile: (key, signal) => binder.volume(key, signal) },
      ],
    };
  },
};

class Binder {
  readonly #context: ControllerContext;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = context.recorder("persistentvolume-controller");
  }

  async claim(key: string, signal: AbortSignal): Promise<Outcome> {
    const { informers } = this.#context;
    const claim = informers.informer(resources.persistentvolumeclaims).get(key);
    if (!claim || claim.metadata.deletionTimestamp) return done;
    try {
      return claim.spec?.volumeName ? await this.#settle(claim, signal) : await this.#find(claim, signal);
    } catch (error) {
      if (isConflict(error)) return { requeueAfterMs: conflictMs };
      if (isNotFound(error)) return done;
      throw error;
    }
  }

  /** A claim that names its volume: bound when the volume names it too. */
  async #settle(claim: Readonly<PersistentVolumeClaim>, signal: AbortSignal): Promise<Outcome> {
    const volume = this.#context.informers.informer(resources.persistentvolumes).get(claim.spec?.volumeName ?? "");
    if (!volume) {
      if (claim.metadata.annotations?.[bindCompleted]) await this.#phase(claim, "Lost", undefined, signal);
      return done;
    }
    if (volume.spec?.claimRef && !isFor(volume, claim)) {
      if (claim.metadata.annotations?.[bindCompleted]) await this.#phase(claim, "Lost", undefined, signal);
      return done;
    }
    await this.#bind(claim, volume, signal);
    return done;
  }

  async #find(claim: Readonly<PersistentVolumeClaim>, signal: AbortSignal): Promise<Outcome> {
    const { informers } = this.#context;
    const className = classOf(claim);
    const storageClass = className ? informers.informer(resources.storageclasses).get(className) : undefined;
    const delayed = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
    const volume = volumeFor(claim, informers.informer(resources.persistentvolumes).list(), { delayed });
    if (volume) {
      await this.#bind(claim, volume, signal);
      return done;
    }
    if (await this.#giveDefaultClass(claim, signal)) return done;
    await this.#phase(claim, "Pending", undefined, signal);
    if (delayed && claim.metadata.annotations?.[selectedNode] === undefined) {
      const pods = informers.informer(resources.pods).byIndex(waitingPods, keyOf(claim));
      const { reason, text } = waitingFor([...pods].map(({ metadata }) => metadata.name ?? ""));
      this.#recorder.normal(claim, reason, text);
      return { requeueAfterMs: againMs };
    }
    const provisioner = storageClass?.provisioner;
    if (provisioner && provisioner !== noProvisioner) await this.#ask(claim, provisioner, signal);
    else {
      const text =
        className && !storageClass
          ? `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`
          : "no persistent volumes available for this claim and no storage class is set";
      if (className && !storageClass) this.#recorder.warning(claim, "ProvisioningFailed", text);
      else this.#recorder.normal(claim, "FailedBinding", text);
    }
    return { requeueAfterMs: againMs };
  }

  /** For claims that are older than the cluster's default class. Whether it did: the claim comes again with its class. */
  async #giveDefaultClass(claim: Readonly<PersistentVolumeClaim>, signal: AbortSignal): Promise<boolean> {
    if (namesClass(claim)) return false;
    const { client, informers } = this.#context;
    const storageClassName = defaultClass(informers.informer(resources.storageclasses).list())?.metadata.name;
    if (storageClassName === undefined) return false;
    await client.persistentvolumeclaims.update({ ...claim, spec: { ...claim.spec, storageClassName } }, { signal });
    return true;
  }

  async #ask(claim: Readonly<PersistentVolumeClaim>, provisioner: string, signal: AbortSignal): Promise<void> {
    const { annotations = {} } = claim.metadata;
    if (provisionerKeys.some((key) => annotations[key] !== provisioner)) {
      const wanted = Object.fromEntries(provisionerKeys.map((key) => [key, provisioner]));
      const metadata = { ...claim.metadata, annotations: { ...annotations, ...wanted } };
      await this.#context.client.persistentvolumeclaims.update({ ...claim, metadata }, { signal });
    }
    const text = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    this.#recorder.normal(claim, "ExternalProvisioning", text);
  }

  /** The volume first: it is what two claims could want. */
  async #bind(
    claim: Readonly<PersistentVolumeClaim>,
    found: Readonly<PersistentVolume>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client } = this.#context;
    const reserved = reservedFor(found, claim);
    let volume = reserved === found ? found : await client.persistentvolumes.update(reserved, { signal });
    if (volume.status?.phase !== "Bound") {
      volume = await client.persistentvolumes.updateStatus(
        { ...volume, status: { ...volume.status, phase: "Bound" } },
        { signal },
      );
    }
    const volumeName = volume.metadata.name ?? "";
    let bound: Readonly<PersistentVolumeClaim> = claim;
    if (claim.spec?.volumeName !== volumeName || !claim.metadata.annotations?.[bindCompleted]) {
      const byUs = claim.spec?.volumeName ? {} : { [boundByController]: "yes" };
      const annotations = { ...claim.metadata.annotations, ...byUs, [bindCompleted]: "yes" };
      bound = await client.persistentvolumeclaims.update(
        { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName } },
        { signal },
      );
    }
    await this.#phase(bound, "Bound", volume, signal);
  }

  async #phase(
    claim: Readonly<PersistentVolumeClaim>,
    phase: "Bound" | "Lost" | "Pending",
    volume: Readonly<PersistentVolume> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (claim.status?.phase === phase && (phase !== "Bound" || claim.status.capacity)) return;
    const { accessModes, capacity } = volume?.spec ?? {};
    const storage = capacity?.["storage"];
    const status = {
      ...claim.status,
      phase,
      ...(accessModes ? { accessModes } : {}),
      ...(storage === undefined ? {} : { capacity: { storage } }),
    };
    await this.#context.client.persistentvolumeclaims.updateStatus({ ...claim, status }, { signal });
  }

  async volume(name: string, signal: AbortSignal): Promise<Outcome> {
    const { informers, client } = this.#context;
    const volume = informers.informer(resources.persistentvolumes).get(name);
    // One that is being deleted, too: it may go only when it is seen to be released.
    if (!volume) return done;
    try {
      const elsewhere = this.#claimIsElsewhere(volume);
      const current = elsewhere ? await client.persistentvolumes.update(unbound(volume), { signal }) : volume;
      const phase = await this.#phaseOf(current, signal);
      if (phase && phase !== current.status?.phase) {
        await client.persistentvolumes.updateStatus({ ...current, status: { ...current.status, phase } }, { signal });
      }
      return done;
    } catch (error) {
      if (isConflict(error)) return { requeueAfterMs: conflictMs };
      if (isNotFound(error)) return done;
      throw error;
    }
  }

  /** Its claim got another volume. One that was made for the claim is not given to others. */
  #claimIsElsewhere({ metadata, spec }: Readonly<PersistentVolume>): boolean {
    const { namespace, name, uid } = spec?.claimRef ?? {};
    if (!uid || metadata.annotations?.[provisionedBy] !== undefined) return false;
    const claim = this.#context.informers.informer(resources.persistentvolumeclaims).get(`${namespace}/${name}`);
    const bound = claim?.metadata.uid === uid ? claim.spec?.volumeName : undefined;
    return Boolean(bound) && bound !== metadata.name;
  }

  async #phaseOf(
    volume: Readonly<PersistentVolume>,
    signal: AbortSignal,
  ): Promise<"Available" | "Bound" | "Released" | undefined> {
    const { claimRef } = volume.spec ?? {};
    if (!claimRef) return "Available";
    if (!claimRef.uid) return "Available";
    const { namespace = "", name = "", uid } = claimRef;
    const cached = this.#context.informers.informer(resources.persistentvolumeclaims).get(`${namespace}/${name}`);
    if (cached?.metadata.uid === uid) return cached?.spec?.volumeName === volume.metadata.name ? "Bound" : undefined;
    try {
      const claim = await this.#context.client.persistentvolumeclaims.get({ namespace, name }, { signal });
      if (claim.metadata.uid === uid) return undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return "Released";
  }
}
