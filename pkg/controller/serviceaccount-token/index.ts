/** Fills the token secrets that users make for service accounts, and removes them with their account. */
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { parseSigningKey } from "#pkg/pki/index.ts";
import type { Controller } from "../framework/controller.ts";
import { accountOf, isOf, isTokenSecret } from "./plan.ts";
import { referenceKey, TokenReconciler } from "./reconcile.ts";

export const serviceAccountToken: Controller = {
  name: "serviceaccount-token-controller",
  build(context) {
    const { serviceAccountKey } = context.options;
    // Without a key nobody can make tokens here.
    if (serviceAccountKey === undefined) return { loops: [] };
    const queue = context.queue("serviceaccount_tokens_secret");
    const references = context.queue("serviceaccount_tokens_service");
    const secrets = context.informers.informer(resources.secrets);
    const accounts = context.informers.informer(resources.serviceaccounts);
    secrets.addHandler({
      added: (secret) => {
        if (isTokenSecret(secret)) queue.add(keyOf(secret));
      },
      updated: (secret) => {
        if (isTokenSecret(secret)) queue.add(keyOf(secret));
      },
      deleted: (secret) => {
        if (isTokenSecret(secret)) references.add(referenceKey(secret.metadata, accountOf(secret).name));
      },
    });
    accounts.addHandler({
      deleted: (account) => {
        for (const secret of secrets.list(account.metadata.namespace)) {
          if (isTokenSecret(secret) && isOf(secret, account)) queue.add(keyOf(secret));
        }
      },
    });
    const reconciler = new TokenReconciler(context, parseSigningKey(serviceAccountKey));
    return {
      loops: [
        { queue, workers: 5, reconcile: (key, signal) => reconciler.fill(key, signal) },
        { queue: references, workers: 1, reconcile: (key, signal) => reconciler.dropReference(key, signal) },
      ],
    };
  },
};
