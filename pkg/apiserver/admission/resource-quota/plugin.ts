/**
 * Refuses what would exceed a quota of its namespace, and charges what it lets in: usage is changed by compare-and-swap on
 * each quota's status before the object is written, so that two requests cannot both take the last place. What is charged
 * and then not written is given back by the controller that counts.
 */
import { resources } from "#api/gen/resources.ts";
import type { Pod, ResourceQuota } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Quantity } from "#pkg/apimachinery/quantity/index.ts";
import {
  type Amounts,
  add,
  concerns,
  hardOf,
  missingCompute,
  only,
  parseAmounts,
  print,
  printAmounts,
  subtract,
  usageOf,
} from "#pkg/apimachinery/quota/index.ts";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionPluginFactory, AdmissionRequest, AdmissionServices } from "../plugin.ts";

/** Rounds of losing against other requests for the same quota. */
const roundsMax = 50;

const countedSubresources = new Set(["", "resize"]);

export const resourceQuota: AdmissionPluginFactory = (services) => ({
  name: "ResourceQuota",
  handles: ({ operation, resource, subresource, namespace }) =>
    namespace !== "" &&
    resource.def.namespaced &&
    countedSubresources.has(subresource) &&
    (operation === "CREATE" ||
      (operation === "UPDATE" && growsWithUpdates.has(`${resource.def.plural}.${resource.def.group}`))),
  validate: (request) => charge(request, services),
});

/** An update of anything else changes no count. */
const growsWithUpdates = new Set(["pods.", "services.", "persistentvolumeclaims.", "resourceclaims.resource.k8s.io"]);

async function charge(request: AdmissionRequest, services: AdmissionServices): Promise<void> {
  const { namespace } = request;
  const cached = (await services.reader.list(resources.resourcequotas, namespace)) as ResourceQuota[];
  if (cached.length === 0) return;
  const { object } = request;
  if (!object) return;
  const now = services.clock.now();
  const counted = { group: request.resource.storedDef.group, plural: request.resource.storedDef.plural };
  const { old } = request;
  const wanted = usageOf(counted, object, now);
  const more = old ? positive(subtract(wanted, usageOf(counted, old, now))) : wanted;
  const concerned = cached.filter((quota) => concerns(quota, counted, object));
  for (const quota of concerned) ensureCountable(request, quota, object);
  for (const quota of concerned) {
    // An update may bring an object under a quota that did not count it before.
    const delta = old && concerns(quota, counted, old) ? more : wanted;
    if (isCharged(quota, delta)) await take(request, quota, delta, services);
  }
}

/** Nothing is given back here: the controller that counts does. */
const positive = (delta: Amounts): Map<string, Quantity> => new Map([...delta].filter(([, amount]) => amount.sign > 0));

const isCharged = (quota: ResourceQuota, delta: Amounts): boolean =>
  positive(only(delta, new Set(Object.keys(hardOf(quota))))).size > 0;

function ensureCountable(
  { resource, name, operation }: AdmissionRequest,
  quota: ResourceQuota,
  object: KubeObject,
): void {
  if (resource.def.plural !== "pods" || resource.def.group !== "" || operation !== "CREATE") return;
  const missing = missingCompute(object as Pod, new Set(Object.keys(hardOf(quota))));
  if (missing.length === 0) return;
  const which = (object as Pod).spec.containers
    .filter(({ resources: own }) =>
      missing.some(
        (one) => !own?.[one.startsWith("limits.") ? "limits" : "requests"]?.[one.replace(/^(requests|limits)\./, "")],
      ),
    )
    .map((container) => container.name)
    .sort();
  const text = missing.map((one) => `${one} for: ${which.join(",")}`).join("; ");
  throw forbiddenRequest(resource.groupResource, name, `failed quota: ${quota.metadata.name}: must specify ${text}`);
}

async function take(
  request: AdmissionRequest,
  first: ResourceQuota,
  delta: Amounts,
  services: AdmissionServices,
): Promise<void> {
  let quota: ResourceQuota | undefined = first;
  for (let round = 0; quota && round < roundsMax; round += 1) {
    const next = charged(request, quota, delta);
    if (request.dryRun) return;
    const result = await services.quotas.swap(quota, next);
    if (result.done) return;
    quota = result.current;
  }
  if (quota) {
    const { resource, name } = request;
    throw forbiddenRequest(
      resource.groupResource,
      name,
      `Insufficient quota to match these scopes: too many requests at once`,
    );
  }
}

/** The quota with the usage that it would have. Throws 403 when that is more than it allows. */
function charged({ resource, name }: AdmissionRequest, quota: ResourceQuota, delta: Amounts): ResourceQuota {
  const hard = parseAmounts(hardOf(quota));
  const names = new Set(hard.keys());
  const requested = only(delta, names);
  const used = parseAmounts(quota.status?.used);
  const uncounted = [...requested.keys()].filter((one) => !used.has(one)).sort();
  if (uncounted.length > 0) {
    const why = `status unknown for quota: ${quota.metadata.name}, resources: ${uncounted.join(",")}`;
    throw forbiddenRequest(resource.groupResource, name, why);
  }
  const total = add(used, requested);
  const exceeded = new Set(
    [...requested]
      .filter(([one, amount]) => amount.sign > 0 && (total.get(one)?.compare(hard.get(one)!) ?? 0) > 0)
      .map(([one]) => one),
  );
  if (exceeded.size > 0) {
    const why = `exceeded quota: ${quota.metadata.name}, requested: ${print(only(requested, exceeded))}, used: ${print(only(used, exceeded))}, limited: ${print(only(hard, exceeded))}`;
    throw forbiddenRequest(resource.groupResource, name, why);
  }
  return { ...quota, status: { ...quota.status, used: printAmounts(total) } };
}
