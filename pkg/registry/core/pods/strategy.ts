import type { Pod, PodStatus } from "#api/types/core/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import { podNameWarnings, podWarnings } from "../../shared/pod-warnings/index.ts";
import { addressWarnings } from "../../shared/strict-addresses.ts";
import type { Strategy } from "../../strategy.ts";
import { readAppArmorAnnotations } from "./app-armor.ts";
import { defaultPodOnly, defaultPodSpec } from "./defaults.ts";
import { dropDisabledPodFields } from "./disabled-fields.ts";
import { withoutDisabled } from "./disabled-status.ts";
import { qosClassOf } from "./qos.ts";
import { prepareResize, validateResize } from "./resize.ts";
import { writeOutLabelKeys } from "./selectors.ts";
import { validateNewPod, validatePodState } from "./validate.ts";
import { validateEphemeralContainers } from "./validate-ephemeral.ts";
import { validatePodStatus } from "./validate-status.ts";
import { validatePodUpdate } from "./validate-update.ts";

/** A gated pod is not the scheduler's yet, so it says itself why it waits. */
function gatedCondition({ spec }: Pod, now: Date): Pick<NonNullable<Pod["status"]>, "conditions"> {
  if (!spec.schedulingGates?.length) return {};
  const condition = {
    type: "PodScheduled",
    status: "False",
    // A time that is not set is always written.
    lastProbeTime: null as unknown as string,
    lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  } as const;
  return { conditions: [condition] };
}

/** Older clients know one address only: what it says goes before the list. */
function agreedAddress({ podIP, podIPs }: PodStatus): Pick<PodStatus, "podIP" | "podIPs"> {
  const first = podIPs?.[0]?.ip;
  if (podIP) return first === podIP ? {} : { podIPs: [{ ip: podIP }] };
  return first ? { podIP: first } : {};
}

export const pods: Strategy<Pod> = {
  sharesUntouched: true,
  hasGeneration: true,
  applyDefaults({ spec }) {
    defaultPodSpec(spec);
    defaultPodOnly(spec);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec),
  prepareForCreate(pod, { now, warn }) {
    pod.status = { phase: "Pending", qosClass: pod.status?.qosClass || qosClassOf(pod), ...gatedCondition(pod, now) };
    writeOutLabelKeys(pod);
    readAppArmorAnnotations(pod, warn);
  },
  validate: validatePodState,
  validateCreate: validateNewPod,
  validateUpdate: validatePodUpdate,
  warningsOnCreate: ({ metadata, spec }) => [
    ...podNameWarnings(metadata.name, "in the Pod's hostname"),
    ...podWarnings(spec, metadata),
  ],
  gracePeriodSeconds({ spec, status }, requested) {
    if (!spec.nodeName || status?.phase === "Failed" || status?.phase === "Succeeded") return 0;
    return Math.max(0, requested ?? spec.terminationGracePeriodSeconds ?? 30);
  },
  fields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.restartPolicy": ({ spec }) => spec.restartPolicy ?? "",
    "spec.schedulerName": ({ spec }) => spec.schedulerName ?? "",
    "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
    "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
    "status.phase": ({ status }) => status?.phase ?? "",
    "status.podIP": ({ status }) => status?.podIP ?? "",
    "status.podIPs": ({ status }) => status?.podIPs?.map(({ ip }) => ip).join(",") ?? "",
    "status.nominatedNodeName": ({ status }) => status?.nominatedNodeName ?? "",
  },
  indexed: ["spec.nodeName"],
  subresources: {
    status: {
      keepsMetadata: ["ownerReferences"],
      prepareForUpdate(pod, old) {
        // Old kubelets leave out what they did not decide.
        if (!pod.status?.qosClass && old.status?.qosClass) {
          pod.status = { ...pod.status, qosClass: old.status.qosClass };
        }
        if (pod.status) pod.status = { ...withoutDisabled(pod.status), ...agreedAddress(pod.status) };
      },
      validateUpdate: validatePodStatus,
      warningsOnUpdate: ({ status }) => [
        ...(status?.podIPs ?? []).flatMap(({ ip }, at) => addressWarnings(`status.podIPs[${at}].ip`, ip ?? "")),
        ...(status?.hostIPs ?? []).flatMap(({ ip }, at) => addressWarnings(`status.hostIPs[${at}].ip`, ip ?? "")),
      ],
    },
    ephemeralcontainers: {
      keepsMetadata: allMetadata,
      prepareForUpdate(pod, old) {
        const { ephemeralContainers } = pod.spec;
        const { ephemeralContainers: _, ...spec } = structuredClone(old.spec);
        pod.spec = { ...spec, ...(ephemeralContainers ? { ephemeralContainers } : {}) };
        pod.status = structuredClone(old.status ?? {});
      },
      validateUpdate: validateEphemeralContainers,
    },
    resize: { keepsMetadata: allMetadata, prepareForUpdate: prepareResize, validateUpdate: validateResize },
  },
};
