import type { DaemonSet } from "#api/types/apps/v1";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { dropDisabledPodFields } from "../../core/pods/disabled-fields.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { daemonSetStatus, workloadStatusErrors } from "../../shared/workload-status.ts";
import type { Strategy } from "../../strategy.ts";
import { validateDaemonSetUpdate, validateNewDaemonSet } from "./validate.ts";

/** Templates had a generation of their own once; the annotation still carries it for old controllers. */
const generationKey = "deprecated.daemonset.template.generation";

function setGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [generationKey]: String(generation) };
}

const generationOf = ({ metadata }: Readonly<DaemonSet>): number => Number(metadata.annotations?.[generationKey] ?? 0);

/** Throws what upstream's conversion says. */
function ensureWholeNumber(text: string | undefined): void {
  if (text === undefined || /^[+-]?\d+$/.test(text)) return;
  const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: ${why}`);
}

export const daemonsets: Strategy<DaemonSet> = {
  hasGeneration: true,
  validateCreate: validateNewDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  ...workloadWarnings<DaemonSet>({
    path: "spec.template",
    template: ({ spec }) => spec.template,
    isChanged: (next, old) => next.metadata.annotations?.[generationKey] !== old.metadata.annotations?.[generationKey],
  }),
  applyDefaults({ metadata, spec }) {
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    ensureWholeNumber(metadata.annotations?.[generationKey]);
    // The annotation is how the version spells a field that its stored form always has.
    if (metadata.annotations?.[generationKey] === undefined) setGeneration({ metadata } as DaemonSet, 0);
  },
  prepareForUpdate(next, old) {
    const before = generationOf(old);
    const changed = !sameMeaning(next.spec.template, old.spec.template);
    setGeneration(next, changed ? before + 1 : before);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.template?.spec),
  prepareForCreate(set) {
    setGeneration(set, 1);
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
  subresources: {
    status: {
      prepareForUpdate: (next, old) => setGeneration(next, generationOf(old)),
      validateUpdate: (next, old) => workloadStatusErrors(next.status, old.status, daemonSetStatus),
    },
  },
};
