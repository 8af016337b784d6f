/** Rules on the resources of a whole pod, beside those of its containers. */
import type { Container, PodResourceClaim, PodSpec } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { parseQuantity, type Quantity, zeroQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { duplicate, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, entriesOf, type Findings, say } from "../findings.ts";
import { internalForm } from "../internal-form/index.ts";
import { dnsLabel } from "../name-forms.ts";
import { subdomainErrors } from "../names.ts";
import { isHugePages, podResourceName } from "../resource-names.ts";
import { resourceRequirements } from "../resource-requirements.ts";
import { mirrorAnnotation } from "./annotations.ts";

export const claimNamesOf = (spec: PodSpec): Set<string> =>
  new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));

export function* resourceClaims(path: string, spec: PodSpec, meta: ObjectMeta | undefined): Findings {
  const isMirror = Object.hasOwn(meta?.annotations ?? {}, mirrorAnnotation);
  const names = new Set<string>();
  yield* each(path, spec.resourceClaims, function* (here, claim) {
    if (isMirror) yield forbidden("", "static pods do not support resource claims");
    else yield* podClaim(here, claim, names);
  });
}

function* podClaim(path: string, claim: PodResourceClaim, names: Set<string>): Findings {
  const { name, resourceClaimName: direct, resourceClaimTemplateName: template } = claim;
  if (!name) yield required(`${path}.name`);
  else if (names.has(name)) yield duplicate(`${path}.name`, name);
  else {
    yield* dnsLabel(`${path}.name`, name);
    names.add(name);
  }
  const shown = internalForm(claim, "PodResourceClaim");
  if (direct !== undefined && template !== undefined) {
    const text = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
    yield invalid(path, shown, text);
  }
  if (direct === undefined && template === undefined) {
    yield invalid(path, shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
  }
  if (direct !== undefined) yield* say(`${path}.resourceClaimName`, direct, subdomainErrors(direct));
  if (template !== undefined) yield* say(`${path}.resourceClaimTemplateName`, template, subdomainErrors(template));
}

export function* podResources(path: string, spec: PodSpec, claims: ReadonlySet<string>): Findings {
  const { resources, os } = spec;
  if (!resources) return;
  if (os?.name === "windows") {
    yield forbidden(path, "may not be set for a windows pod");
    return;
  }
  if (asSent(resources, "claims"))
    yield forbidden(`${path}.claims`, "claims may not be set for Resources at pod-level");
  yield* resourceRequirements(path, resources, { name: podResourceName, claims });
  yield* coversContainers(path, spec);
}

function* coversContainers(path: string, spec: PodSpec): Findings {
  const { requests = {}, limits = {} } = spec.resources ?? {};
  for (const [name, total] of aggregateOfContainers(spec, "requests")) {
    if (!Object.hasOwn(requests, name)) continue;
    const ofPod = parseQuantity(requests[name] as string);
    if (total.compare(ofPod) <= 0) continue;
    const text = `must be greater than or equal to aggregate container requests of ${total}`;
    yield invalid(`${path}.requests[${name}]`, ofPod.toString(), text);
  }
  for (const [name, total] of aggregateOfContainers(spec, "limits")) {
    if (!isHugePages(name) || !Object.hasOwn(limits, name)) continue;
    const ofPod = parseQuantity(limits[name] as string);
    if (total.compare(ofPod) <= 0) continue;
    const text = `must be greater than or equal to aggregate container limits of ${total}`;
    yield invalid(`${path}.limits[${name}]`, ofPod.toString(), text);
  }
  yield* each(`${path}.containers`, spec.containers, function* (here, container) {
    for (const [name, amount] of entriesOf(container.resources?.limits)) {
      if (!Object.hasOwn(limits, name)) continue;
      const ofPod = parseQuantity(limits[name] as string);
      if (parseQuantity(amount).compare(ofPod) <= 0) continue;
      const text = `must be less than or equal to pod limits of ${ofPod}`;
      yield invalid(`${here}[${name}].limits`, parseQuantity(amount).toString(), text);
    }
  });
}

/**
 * What containers need at once: the sum of those that run, or an init container together with the sidecars started
 * before it, where that is more.
 */
export function aggregateOfContainers(spec: PodSpec, of: "requests" | "limits"): [string, Quantity][] {
  const running = new Map<string, Quantity>();
  for (const container of spec.containers ?? []) add(running, container, of);
  const sidecars = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      add(running, container, of);
      add(sidecars, container, of);
      raise(peak, sidecars);
    } else {
      const now = new Map(sidecars);
      add(now, container, of);
      raise(peak, now);
    }
  }
  raise(running, peak);
  return [...running].sort(([a], [b]) => (a < b ? -1 : 1));
}

function add(sums: Map<string, Quantity>, { resources }: Container, of: "requests" | "limits"): void {
  for (const [name, amount] of Object.entries(resources?.[of] ?? {})) {
    sums.set(name, (sums.get(name) ?? zeroQuantity).add(parseQuantity(amount)));
  }
}

function raise(most: Map<string, Quantity>, candidate: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of candidate) {
    const before = most.get(name);
    if (!before || before.compare(amount) < 0) most.set(name, amount);
  }
}
