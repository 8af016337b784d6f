/** Keeps the rules of aggregated ClusterRoles: `admin`, `edit` and `view` are such, and users make their own. */
import { resources } from "#api/gen/resources.ts";
import { done, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { onChange } from "../framework/wiring.ts";
import { aggregatedRules } from "./plan.ts";

const fieldManager = "clusterrole-aggregation-controller";
/** Changes are gathered this long: at the start of a cluster a hundred roles come at once. */
const gatherMs = 20;

export const clusterRoleAggregation: Controller = {
  name: "clusterrole-aggregation-controller",
  build(context) {
    const queue = context.queue("ClusterRoleAggregator");
    const roles = context.informers.informer(resources.clusterroles);
    onChange(roles, () => {
      for (const { metadata, aggregationRule } of roles.list()) {
        if (aggregationRule) queue.addAfter(metadata.name ?? "", gatherMs);
      }
    });
    return { loops: [{ queue, workers: 5, reconcile: (name, signal) => reconcile(context, name, signal) }] };
  },
};

async function reconcile(
  { client, informers }: ControllerContext,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const roles = informers.informer(resources.clusterroles);
  const role = roles.get(name);
  if (!role?.aggregationRule) return done;
  const rules = aggregatedRules(role, roles.list());
  if (sameJson(rules, role.rules ?? [])) return done;
  const wanted = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
  await client.clusterroles.patch({ name }, wanted, { type: "apply", fieldManager, force: true, signal });
  return done;
}
