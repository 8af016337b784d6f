/** Removes bootstrap tokens that have expired. */
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { done, isConflict, isNotFound } from "#pkg/client/index.ts";
import type { Controller } from "../framework/controller.ts";
import { onChange } from "../framework/wiring.ts";
import { isBootstrapToken, lifeMs } from "./plan.ts";

export const tokenCleaner: Controller = {
  name: "token-cleaner-controller",
  isOffByDefault: true,
  build({ client, clock, informers, queue: queueOf }) {
    const queue = queueOf("token_cleaner");
    const secrets = informers.informer(resources.secrets);
    onChange(secrets, (secret) => {
      if (isBootstrapToken(secret)) queue.add(keyOf(secret));
    });
    return {
      loops: [
        {
          queue,
          workers: 1,
          async reconcile(key, signal) {
            const secret = secrets.get(key);
            const leftMs = secret && isBootstrapToken(secret) ? lifeMs(secret, clock.now()) : undefined;
            if (!secret || leftMs === undefined) return done;
            if (leftMs > 0) return { requeueAfterMs: leftMs };
            const { namespace = "", name = "", uid = "" } = secret.metadata;
            const body = { preconditions: { uid } };
            await client.secrets.delete({ namespace, name }, { signal, body }).catch((error: unknown) => {
              if (!isNotFound(error) && !isConflict(error)) throw error;
            });
            return done;
          },
        },
      ],
    };
  },
};
