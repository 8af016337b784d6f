import type { RollingUpdateStatefulSetStrategy, StatefulSet, StatefulSetSpec } from "#api/types/apps/v1";
import type { PodTemplateSpec, Volume } from "#api/types/core/v1";
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { claimSpec } from "../../shared/claim-spec.ts";
import { atLeastZero, each, type Findings, oneOf } from "../../shared/findings.ts";
import { amountOf, intOrPercent, notOverHundredPercent } from "../../shared/int-or-percent.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelMap } from "../../shared/label-selector.ts";
import { dnsLabel } from "../../shared/name-forms.ts";
import { validateAnnotations } from "../../shared/object-meta.ts";
import { podAnnotations } from "../../shared/pod-spec/annotations.ts";
import { runsForever, validatePodTemplate } from "../../shared/pod-template/validate.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { selectsTemplate, withMatcher, workloadSelector } from "../../shared/workload-spec.ts";

interface SpecOptions {
  /** Whether the service's name and the claims are looked at: they cannot change, so old ones are let be. */
  readonly fixedParts: boolean;
  /** Whether the template is looked at: a set that is wrong already may still be scaled. */
  readonly template: boolean;
}

export const validateNewStatefulSet = ({ spec }: Readonly<StatefulSet>): FieldError[] => [
  ...statefulSetSpec("spec", spec, { fixedParts: true, template: true }),
];

const mutable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

export function validateStatefulSetUpdate(next: Readonly<StatefulSet>, old: Readonly<StatefulSet>): FieldError[] {
  const wasGood = [...statefulSetSpec("spec", old.spec, { fixedParts: false, template: true })].length === 0;
  const errors: FieldError[] = [...statefulSetSpec("spec", next.spec, { fixedParts: false, template: wasGood })];
  const munged: Record<string, unknown> = { ...next.spec };
  for (const field of mutable) munged[field] = old.spec[field];
  if (!sameMeaning(munged, old.spec)) {
    const last = mutable.at(-1);
    const names = mutable.slice(0, -1).map((field) => `'${field}'`);
    const text = `updates to statefulset spec for fields other than ${names.join(", ")} and '${last}' are forbidden`;
    errors.push(forbidden("spec", text));
  }
  return errors;
}

function* statefulSetSpec(path: string, spec: StatefulSetSpec, options: SpecOptions): Findings {
  const { selector, template, replicas, minReadySeconds, ordinals, serviceName } = spec;
  yield* management(`${path}.podManagementPolicy`, spec.podManagementPolicy);
  yield* updateStrategy(`${path}.updateStrategy`, spec);
  yield* retention(`${path}.persistentVolumeClaimRetentionPolicy`, spec);
  if (options.fixedParts) {
    yield* each(`${path}.volumeClaimTemplates`, spec.volumeClaimTemplates, (here, claim) =>
      claimSpec(`${here}.spec`, claim?.spec),
    );
  }
  yield* atLeastZero(`${path}.replicas`, replicas);
  yield* atLeastZero(`${path}.minReadySeconds`, minReadySeconds);
  yield* atLeastZero(`${path}.ordinals.start`, ordinals?.start);
  if (options.fixedParts && serviceName) yield* dnsLabel(`${path}.serviceName`, serviceName);
  yield* workloadSelector(`${path}.selector`, selector, "statefulset");
  yield* withMatcher({
    path: `${path}.selector`,
    selector,
    text: "",
    *rules(matcher) {
      yield* selectsTemplate(`${path}.template`, template, matcher);
      yield* setTemplate(`${path}.template`, templateOfSet(spec), options);
    },
  });
  yield* runsForever(`${path}.template`, template, "StatefulSet");
}

function* setTemplate(path: string, template: PodTemplateSpec, options: SpecOptions): Findings {
  if (options.template) yield* validatePodTemplate(path, template);
  const { metadata, spec } = template;
  yield* labelMap(`${path}.labels`, metadata?.labels);
  yield* validateAnnotations(metadata?.annotations, `${path}.annotations`);
  yield* podAnnotations(`${path}.annotations`, metadata?.annotations, spec ?? { containers: [] });
}

/** The template as its pods will be: claims are volumes; host names are the set's to give. */
function templateOfSet({ template, volumeClaimTemplates: claims }: StatefulSetSpec): PodTemplateSpec {
  if (!template?.spec) return template ?? {};
  const { hostname: _, subdomain: __, ...spec } = template.spec;
  if (!claims?.length) return { ...template, spec };
  const names = new Set(claims.map((claim) => claim?.metadata?.name ?? ""));
  const made: Volume[] = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const own = (spec.volumes ?? []).filter(({ name }) => !names.has(name));
  return { ...template, spec: { ...spec, volumes: [...made, ...own] } };
}

function* management(path: string, policy: string | undefined): Findings {
  if (!policy) yield required(path);
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    yield invalid(path, policy, "must be 'OrderedReady' or 'Parallel'");
  }
}

function* updateStrategy(path: string, spec: StatefulSetSpec): Findings {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  const shown = internalForm(spec.updateStrategy ?? {}, "StatefulSetUpdateStrategy") as { RollingUpdate: unknown };
  if (!type) yield required(path);
  else if (type === "OnDelete") {
    if (!rollingUpdate) return;
    yield invalid(`${path}.rollingUpdate`, shown.RollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type !== "RollingUpdate") yield invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'");
  else if (rollingUpdate) yield* rolling(`${path}.rollingUpdate`, rollingUpdate);
}

function* rolling(path: string, { partition, maxUnavailable }: RollingUpdateStatefulSetStrategy): Findings {
  yield* atLeastZero(`${path}.partition`, partition);
  if (maxUnavailable === undefined) return;
  const here = `${path}.maxUnavailable`;
  yield* intOrPercent(here, maxUnavailable);
  if (amountOf(maxUnavailable) === 0) yield invalid(here, maxUnavailable, "cannot be 0");
  yield* notOverHundredPercent(here, maxUnavailable);
}

function* retention(path: string, { persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec): Findings {
  if (!policy) return;
  yield* oneOf(`${path}.whenDeleted`, policy.whenDeleted, ["Retain", "Delete"]);
  yield* oneOf(`${path}.whenScaled`, policy.whenScaled, ["Retain", "Delete"]);
}
