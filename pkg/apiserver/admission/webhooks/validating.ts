/** Asks the webhooks of ValidatingWebhookConfigurations, all at once; the first refusal counts. */
import type { ValidatingWebhookConfiguration } from "#api/types/admissionregistration.k8s.io/v1";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Subject } from "../matching/subject.ts";
import type { AdmissionPluginFactory } from "../plugin.ts";
import { WebhookCaller } from "./caller.ts";
import { isExempt } from "./exempt.ts";
import { ensureAwaited, WebhookFailure } from "./failure.ts";
import { parseHooks } from "./hook.ts";

export const validatingWebhooks: AdmissionPluginFactory = ({ dynamic, authorizer }) => {
  const { log, equivalents } = dynamic;
  const hooks = dynamic.configurations("validatingwebhookconfigurations", (object) => {
    const { metadata, webhooks } = object as ValidatingWebhookConfiguration;
    return parseHooks(metadata.name ?? "", webhooks);
  });
  const inOrder = hooks.derive((all) => all.flat());
  const caller = new WebhookCaller({ ...dynamic, authorizer, metrics: dynamic.webhookMetrics, mutating: false });
  return {
    name: "ValidatingAdmissionWebhook",
    handles: (request) => hooks.size > 0 && !isExempt(request),
    async validate(request) {
      const subject = new Subject(request, equivalents);
      const planned = [];
      for (const hook of inOrder()) {
        const invocation = await caller.plan(hook, subject);
        if (invocation) planned.push(invocation);
      }
      const outcomes = planned.map((invocation) =>
        caller.ask(invocation, subject).then(
          () => undefined,
          (error: unknown) => {
            if (!(error instanceof WebhookFailure)) return error;
            if (!invocation.hook.failsOpen) return StatusError.from(error);
            log.warn({ err: error, webhook: invocation.hook.name }, "a webhook failed, which counts as allowed");
            return undefined;
          },
        ),
      );
      const refused = await firstDefined(outcomes);
      if (refused !== undefined) throw refused;
      if (planned.length > 0) ensureAwaited(request);
    },
  };
};

/** As soon as there is one; undefined when all have come to nothing. */
async function firstDefined(outcomes: readonly Promise<unknown>[]): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  for (const outcome of outcomes) {
    void outcome.then((value) => {
      if (value !== undefined) resolve(value);
    });
  }
  void Promise.all(outcomes).then(() => resolve(undefined));
  return promise;
}
