import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AppArmorProfile, Pod } from "#api/types/core/v1";
import { readAppArmorAnnotations } from "./app-armor.ts";

const key = "container.apparmor.security.beta.kubernetes.io/c";

interface Row {
  readonly name: string;
  readonly annotation: string;
  readonly pod?: AppArmorProfile;
  readonly container?: AppArmorProfile;
  readonly os?: "windows";
  readonly field: AppArmorProfile | undefined;
  readonly warns: boolean;
}

const rows: readonly Row[] = [
  { name: "unconfined", annotation: "unconfined", field: { type: "Unconfined" }, warns: true },
  { name: "the runtime's", annotation: "runtime/default", field: { type: "RuntimeDefault" }, warns: true },
  { name: "a node's", annotation: "localhost/p", field: { type: "Localhost", localhostProfile: "p" }, warns: true },
  { name: "a node's without a name", annotation: "localhost/", field: undefined, warns: true },
  { name: "a padded name", annotation: "localhost/ p", field: undefined, warns: true },
  { name: "a name that is too long", annotation: `localhost/${"p".repeat(4096)}`, field: undefined, warns: true },
  { name: "nothing", annotation: "", field: undefined, warns: true },
  { name: "what the pod says", annotation: "unconfined", pod: { type: "Unconfined" }, field: undefined, warns: false },
  {
    name: "other than the pod says",
    annotation: "unconfined",
    pod: { type: "RuntimeDefault" },
    field: { type: "Unconfined" },
    warns: true,
  },
  {
    name: "the field is there",
    annotation: "unconfined",
    container: { type: "RuntimeDefault" },
    field: { type: "RuntimeDefault" },
    warns: false,
  },
  { name: "on Windows", annotation: "unconfined", os: "windows", field: undefined, warns: false },
];

describe("annotations of AppArmor", () => {
  for (const { name, annotation, pod: ofPod, container, os, field, warns } of rows) {
    it(name, () => {
      const security = container ? { securityContext: { appArmorProfile: container } } : {};
      const pod: Pod = {
        metadata: { annotations: { [key]: annotation } },
        spec: {
          containers: [{ name: "c", ...security }],
          ...(ofPod ? { securityContext: { appArmorProfile: ofPod } } : {}),
          ...(os ? { os: { name: os } } : {}),
        },
      };
      const said: string[] = [];
      readAppArmorAnnotations(pod, (text) => void said.push(text));
      assert.deepEqual(pod.spec.containers[0]?.securityContext?.appArmorProfile, field);
      const text = `metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`;
      assert.deepEqual(said, warns ? [text] : []);
    });
  }
});
