/** Deletes objects whose owners are gone, and carries out foreground and orphaning deletions. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import { schema } from "#api/index.ts";
import type { ObjectMeta, OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { Collector } from "./collector.ts";
import { CustomKinds } from "./custom-kinds.ts";
import { orphansDependents, waitsForDependents } from "./graph.ts";

/** Events own nothing, are owned by nobody and are many; core Endpoints mirror slices but may be owned. */
const ignored = new Set(["/events", "events.k8s.io/events"]);

/** Built-in kinds that can be watched and deleted, each once (the v2 form of autoscalers stands for both). */
function collectedRefs(): ResourceRef<KubeObject>[] {
  const usable = new Set(
    schema.resources
      .filter((r) => r.verbs.includes("watch") && r.verbs.includes("delete"))
      .map((r) => `${r.group}/${r.version}/${r.plural}`),
  );
  const refs = Object.values(resources) as ResourceRef<KubeObject>[];
  return refs.filter(({ group, version, plural }) => {
    if (ignored.has(`${group}/${plural}`) || !usable.has(`${group}/${version}/${plural}`)) return false;
    return !(plural === "horizontalpodautoscalers" && version === "v1");
  });
}

function groupOf({ apiVersion }: OwnerReference): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** Whether nothing changed of what decides whether an object stays. Most updates are of a status. */
function sameFate({ metadata: a }: Readonly<KubeObject>, { metadata: b }: Readonly<KubeObject>): boolean {
  const facts = ({ ownerReferences, finalizers, deletionTimestamp }: ObjectMeta) => [
    ownerReferences,
    finalizers,
    deletionTimestamp,
  ];
  return a.uid === b.uid && sameJson(facts(a), facts(b));
}

/** Owners that an object held up before and does not now. */
const unblocked = (before: readonly OwnerReference[], now: readonly OwnerReference[]): OwnerReference[] =>
  before.filter(
    ({ uid, blockOwnerDeletion }) =>
      blockOwnerDeletion && !now.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
  );

export const garbageCollector: Controller = {
  name: "garbage-collector-controller",
  build(context) {
    const refs = collectedRefs();
    const byKind = new Map(refs.map((ref) => [`${ref.group}/${ref.kind}`, ref]));
    const refOf = (owner: OwnerReference) => {
      const group = groupOf(owner);
      return byKind.get(`${group}/${owner.kind}`) ?? customKinds.refOf(group, owner.kind);
    };
    const collector = new Collector(context, refOf);
    const queue = context.queue("garbage_collector");
    const { graph } = collector;
    /** Those that wait are looked at again. */
    const freeOwners = (owners: readonly OwnerReference[]) => {
      for (const { uid } of owners) {
        const owner = graph.get(uid);
        if (owner && waitsForDependents(owner)) queue.add(uid);
      }
    };
    const changed = (object: Readonly<KubeObject>, ref: ResourceRef<KubeObject>) => {
      const before = graph.get(object.metadata.uid ?? "")?.owners ?? [];
      const node = graph.set(object, ref);
      if (node.owners.length > 0 || waitsForDependents(node) || orphansDependents(node)) queue.add(node.uid);
      // An owner that began to wait changes the fate of what it owns, and a dependent that blocks it no more may free it.
      if (waitsForDependents(node)) for (const dependent of graph.dependentsOf(node.uid)) queue.add(dependent.uid);
      freeOwners(unblocked(before, node.owners));
    };
    const gone = ({ metadata }: Readonly<KubeObject>) => {
      const uid = metadata.uid ?? "";
      const owners = graph.get(uid)?.owners ?? [];
      graph.remove(uid);
      for (const dependent of graph.dependentsOf(uid)) queue.add(dependent.uid);
      freeOwners(owners);
    };
    const complete = ({ group, kind }: ResourceRef<KubeObject>) => {
      const isMeant = (owner: OwnerReference) => owner.kind === kind && groupOf(owner) === group;
      for (const { uid } of graph.withUnknownOwner(isMeant)) queue.add(uid);
    };
    const customKinds = new CustomKinds(context, { changed, gone, complete });
    for (const ref of refs) {
      context.informers.informer(ref).addHandler({
        added: (object) => changed(object, ref),
        updated: (object, old) => {
          if (!sameFate(object, old)) changed(object, ref);
        },
        deleted: gone,
      });
    }
    return {
      loops: [{ queue, workers: 8, reconcile: (uid, signal) => collector.reconcile(uid, signal) }],
      run: (signal) => customKinds.run(signal),
    };
  },
};
