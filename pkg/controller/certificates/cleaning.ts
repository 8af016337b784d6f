/** Removes requests for certificates that nobody needs any more. */
import { X509Certificate } from "node:crypto";
import { resources } from "#api/gen/resources.ts";
import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { isNotFound } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { isOver } from "./plan.ts";

const periodMs = 3_600_000;

export const certificateCleaning: Controller = {
  name: "certificatesigningrequest-cleaner-controller",
  build(context) {
    const requests = context.informers.informer(resources.certificatesigningrequests);
    return {
      loops: [],
      async run(signal) {
        while (!signal.aborted) {
          const now = context.clock.now();
          for (const request of [...requests.list()]) {
            if (isOver(request, now, expiryOf(request))) await remove(context, request, signal);
          }
          await context.clock.sleep(periodMs, signal).catch(() => undefined);
        }
      },
    };
  },
};

/** When the certificate expires, in ms since the epoch; undefined without one that can be read. */
function expiryOf({ status }: Readonly<CertificateSigningRequest>): number | undefined {
  if (!status?.certificate) return undefined;
  try {
    return new X509Certificate(Buffer.from(status.certificate, "base64")).validToDate.getTime();
  } catch {
    return undefined;
  }
}

async function remove(
  { client, log }: ControllerContext,
  { metadata }: Readonly<CertificateSigningRequest>,
  signal: AbortSignal,
): Promise<void> {
  const { name = "", uid = "" } = metadata;
  try {
    await client.certificatesigningrequests.delete({ name }, { signal, body: { preconditions: { uid } } });
  } catch (error) {
    if (!signal.aborted && !isNotFound(error)) log.warn({ err: error, request: name }, "request was not removed");
  }
}
