/**
 * Asks the webhooks of MutatingWebhookConfigurations, one after the other, each about what the ones before it made of the
 * object. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy
 */
import type { MutatingWebhookConfiguration } from "#api/types/admissionregistration.k8s.io/v1";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Subject } from "../matching/subject.ts";
import type { AdmissionPluginFactory, AdmissionRequest, AdmissionRounds } from "../plugin.ts";
import { WebhookCaller } from "./caller.ts";
import { isExempt } from "./exempt.ts";
import { ensureAwaited, WebhookFailure } from "./failure.ts";
import { type Hook, parseHooks } from "./hook.ts";
import { hideSystemFields, patchObject } from "./patch.ts";

export const mutatingWebhooks: AdmissionPluginFactory = ({ dynamic, authorizer }) => {
  const { log, equivalents } = dynamic;
  const hooks = dynamic.configurations("mutatingwebhookconfigurations", (object) => {
    const { metadata, webhooks } = object as MutatingWebhookConfiguration;
    return parseHooks(metadata.name ?? "", webhooks);
  });
  const inOrder = hooks.derive((all) => all.flat());
  const caller = new WebhookCaller({ ...dynamic, authorizer, metrics: dynamic.webhookMetrics, mutating: true });

  /** Whether the object is another now. */
  const run = async (hook: Hook, subject: Subject): Promise<boolean | undefined> => {
    const invocation = await caller.plan(hook, subject);
    if (!invocation) return undefined;
    try {
      const asked = { ...invocation, object: hideSystemFields(invocation.object, subject) };
      const { patch } = await caller.ask(asked, subject);
      return patch ? await patchObject(patch, asked, subject) : false;
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error;
      if (!hook.failsOpen) throw StatusError.from(error);
      ensureAwaited(subject.request);
      log.warn({ err: error, webhook: hook.name }, "a webhook failed, which counts as allowed");
      return false;
    }
  };

  return {
    name: "MutatingAdmissionWebhook",
    handles: (request) => hooks.size > 0 && !isExempt(request),
    async admit(request) {
      const subject = new Subject(request, equivalents);
      const rounds = beginRound(request);
      for (const hook of inOrder()) {
        if (rounds.current === 2 && !rounds.due.has(hook.id)) continue;
        const changed = await run(hook, subject);
        if (changed) {
          for (const id of rounds.asked) rounds.due.add(id);
          rounds.asked.clear();
          rounds.again = true;
        }
        if (changed !== undefined && hook.again) rounds.asked.add(hook.id);
      }
      if (rounds.again) rounds.left = cloneJson(request.object);
    },
  };
};

/** In the second round those are asked again after whom the object changed, by other webhooks or other plugins. */
function beginRound(request: AdmissionRequest): AdmissionRounds {
  request.rounds ??= { current: 1, again: false, asked: new Set(), due: new Set(), left: undefined };
  const { rounds } = request;
  if (rounds.current === 2 && !sameJson(rounds.left, request.object)) {
    for (const id of rounds.asked) rounds.due.add(id);
    rounds.asked.clear();
  }
  return rounds;
}
