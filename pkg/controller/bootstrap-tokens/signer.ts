/** Signs what `kube-public/cluster-info` says of the cluster with every token, so that who joins with one can trust it. */
import { CompactSign } from "jose";
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { onChange } from "../framework/wiring.ts";
import { isBootstrapToken, lifeMs, namespace, signedKey, signingToken, type Token, withSignatures } from "./plan.ts";

const signedMap = "kube-public/cluster-info";

export const bootstrapSigner: Controller = {
  name: "bootstrap-signer-controller",
  isOffByDefault: true,
  build(context) {
    const queue = context.queue("bootstrap_signer_queue");
    onChange(context.informers.informer(resources.configmaps), (map) => {
      if (keyOf(map) === signedMap) queue.add(signedMap);
    });
    onChange(context.informers.informer(resources.secrets), (secret) => {
      if (isBootstrapToken(secret)) queue.add(signedMap);
    });
    return { loops: [{ queue, workers: 1, reconcile: (_, signal) => sign(context, signal) }] };
  },
};

async function sign({ client, clock, informers }: ControllerContext, signal: AbortSignal): Promise<Outcome> {
  const map = informers.informer(resources.configmaps).get(signedMap);
  const content = map?.data?.[signedKey];
  if (!map || content === undefined) return done;
  const now = clock.now();
  const secrets = [...informers.informer(resources.secrets).list(namespace)];
  const signatures = new Map<string, string>();
  for (const secret of secrets) {
    const token = signingToken(secret, now);
    if (token) signatures.set(token.id, await detachedSignature(content, token));
  }
  const data = withSignatures(map, signatures);
  try {
    if (data) await client.configmaps.update({ ...map, data }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  // The signature of a token ends with it.
  const lives = secrets.filter(isBootstrapToken).flatMap((secret) => lifeMs(secret, now) || []);
  return lives.length === 0 ? done : { requeueAfterMs: Math.min(...lives) + 1 };
}

/** A JSON Web Signature without its content, which the reader has already. */
async function detachedSignature(content: string, { id, secret }: Token): Promise<string> {
  const whole = await new CompactSign(Buffer.from(content))
    .setProtectedHeader({ alg: "HS256", kid: id })
    .sign(Buffer.from(secret));
  const [header, , signature] = whole.split(".");
  return `${header}..${signature}`;
}
