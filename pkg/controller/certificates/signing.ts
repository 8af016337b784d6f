/** Signs what was approved with the authority of the cluster, for the signers of upstream that mean this authority. */
import { resources } from "#api/gen/resources.ts";
import type { CertificateSigningRequest, CertificateSigningRequestStatus } from "#api/types/certificates.k8s.io/v1";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { readRequest, signRequest } from "#pkg/pki/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import type { ControllerManagerOptions } from "../options.ts";
import { isOurs, lifetimeMsOf, signerFault, waitsForSigner } from "./plan.ts";

type Request = Readonly<CertificateSigningRequest>;
type Signing = NonNullable<ControllerManagerOptions["clusterSigning"]>;

/** Upstream's --cluster-signing-duration. */
const lifetimeMsDefault = 365 * 24 * 3_600_000;

export const certificateSigning: Controller = {
  name: "certificatesigningrequest-signing-controller",
  build(context) {
    const signing = context.options.clusterSigning;
    // Without an authority somebody else signs.
    if (!signing) return { loops: [] };
    const queue = context.queue("certificate_signing");
    enqueueSelf(context.informers.informer(resources.certificatesigningrequests), queue);
    return { loops: [{ queue, workers: 5, reconcile: (name, signal) => reconcile(context, signing, name, signal) }] };
  },
};

async function reconcile(
  context: ControllerContext,
  signing: Signing,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const request = context.informers.informer(resources.certificatesigningrequests).get(name);
  if (!request || !waitsForSigner(request) || !isOurs(request)) return done;
  const status = await answer(request, signing, context.clock.now());
  try {
    await context.client.certificatesigningrequests.updateStatus({ ...request, status }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return done;
}

async function answer(request: Request, signing: Signing, now: number): Promise<CertificateSigningRequestStatus> {
  const pem = Buffer.from(request.spec.request, "base64").toString();
  const fault = signerFault(request, readRequest(pem));
  if (fault !== undefined) {
    const failed = {
      type: "Failed",
      status: "True",
      reason: "SignerValidationFailure",
      message: fault,
      lastUpdateTime: timeText(now),
    };
    return { ...request.status, conditions: [...(request.status?.conditions ?? []), failed] };
  }
  const certificate = await signRequest(
    pem,
    { certificate: signing.cert, key: signing.key },
    {
      usages: request.spec.usages ?? [],
      lifetimeMs: lifetimeMsOf(request, signing.durationMs ?? lifetimeMsDefault),
      now: new Date(now),
    },
  );
  return { ...request.status, certificate: Buffer.from(certificate).toString("base64") };
}
