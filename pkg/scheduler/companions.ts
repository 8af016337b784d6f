/** Which pods a pod should be spread with though it does not say so: those that its Services and its controller select. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { type LabelSelector, labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { InformerSet } from "#pkg/client/types.ts";

export type Matcher = Pick<LabelSelector, "matches">;

/** Undefined for a pod that nothing selects. */
export type CompanionsOf = (pod: Readonly<Pod>) => Matcher | undefined;

type Labels = Readonly<Record<string, string>>;

export function companionsFrom(informers: InformerSet): CompanionsOf {
  const services = informers.informer(resources.services);
  const controllers = informers.informer(resources.replicationcontrollers);
  const sets = {
    ReplicaSet: informers.informer(resources.replicasets),
    StatefulSet: informers.informer(resources.statefulsets),
  };
  const ofServices = ({ metadata }: Readonly<Pod>): Labels => {
    const wanted: Record<string, string> = {};
    for (const { spec } of services.list(metadata.namespace)) {
      if (spec.selector && isSelected(metadata.labels ?? {}, spec.selector)) Object.assign(wanted, spec.selector);
    }
    return wanted;
  };
  const ofController = ({ metadata }: Readonly<Pod>): { labels?: Labels; selector?: LabelSelector } => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    if (!owner) return {};
    const key = `${metadata.namespace}/${owner.name}`;
    const kind = `${owner.apiVersion}/${owner.kind}`;
    if (kind === "v1/ReplicationController") return { labels: controllers.get(key)?.spec?.selector ?? {} };
    if (kind !== "apps/v1/ReplicaSet" && kind !== "apps/v1/StatefulSet") return {};
    const set = sets[owner.kind as keyof typeof sets].get(key);
    return set ? { selector: labelSelectorFrom(set.spec.selector) } : {};
  };
  return (pod) => {
    const { labels, selector } = ofController(pod);
    return both({ ...ofServices(pod), ...labels }, selector);
  };
}

/** Labels by name and a selector beside them; undefined when neither asks for anything. */
function both(labels: Labels, selector: LabelSelector | undefined): Matcher | undefined {
  const named = labelSelectorFrom({ matchLabels: labels });
  if (!selector || selector.empty) return named.empty ? undefined : named;
  return named.empty ? selector : { matches: (each) => named.matches(each) && selector.matches(each) };
}

const isSelected = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
