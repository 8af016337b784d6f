import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import type { OwnerReference } from "#api/types/meta/v1";
import { newOwners, ownersFor } from "./claim-owners.ts";

type Policy = "Retain" | "Delete";

const setWith = (whenDeleted: Policy, whenScaled: Policy): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "ss", uid: "s" },
  spec: {
    selector: {},
    template: {} as StatefulSet["spec"]["template"],
    persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
  },
});
const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "ss-1", uid: "p" }, spec: { containers: [] } };
const reference = (apiVersion: string, kind: string, name: string, uid: string): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
const set = reference("apps/v1", "StatefulSet", "ss", "s");
const ofPod = reference("v1", "Pod", "ss-1", "p");
const other: OwnerReference = { apiVersion: "v1", kind: "ConfigMap", name: "c", uid: "c" };
const foreign = reference("apps/v1", "StatefulSet", "unknown", "u");
const lax = { ...set, controller: false };
const condemned = true;

test("with whom a claim goes", () => {
  type Row = [
    name: string,
    policy: [whenDeleted: Policy, whenScaled: Policy],
    isCondemned: boolean,
    present: OwnerReference[],
    wants: OwnerReference[] | undefined,
  ];
  const rows: Row[] = [
    ["with nobody", ["Retain", "Retain"], !condemned, [], undefined],
    ["with nobody any more", ["Retain", "Retain"], !condemned, [other, set], [other]],
    ["with the set", ["Delete", "Retain"], !condemned, [], [set]],
    ["it does already", ["Delete", "Retain"], !condemned, [set, other], undefined],
    ["not with its pod alone", ["Delete", "Retain"], condemned, [ofPod], [set]],
    ["others stay", ["Delete", "Retain"], !condemned, [other], [other, set]],
    ["as its controller", ["Delete", "Retain"], !condemned, [lax], [set]],
    ["with the pod that is scaled away", ["Delete", "Delete"], condemned, [set], [ofPod]],
    ["a pod that stays is no reason", ["Retain", "Delete"], !condemned, [], undefined],
    ["the pod came back", ["Retain", "Delete"], !condemned, [ofPod], []],
    ["another controls it", ["Delete", "Retain"], !condemned, [foreign], undefined],
    ["another controls it, so we do not", ["Delete", "Delete"], !condemned, [foreign, set], [foreign]],
    ["an earlier set of that name", ["Delete", "Retain"], !condemned, [{ ...set, uid: "old" }], undefined],
    ["an earlier pod of that name", ["Delete", "Delete"], condemned, [{ ...ofPod, uid: "old" }], undefined],
  ];
  for (const [name, policy, isCondemned, present, wants] of rows) {
    assert.deepEqual(ownersFor(present, { set: setWith(...policy), pod, isCondemned }), wants, name);
  }
});

test("with whom a new claim goes", () => {
  assert.deepEqual(newOwners(setWith("Delete", "Delete")), [set]);
  assert.deepEqual(newOwners(setWith("Retain", "Delete")), []);
});
