/** Approves what kubelets ask for to be known by, when who asks may: a joining node with its token, and a node for itself. */
import { resources } from "#api/gen/resources.ts";
import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { readRequest } from "#pkg/pki/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import { isDecided, isIssued, kubeletClient, kubeletClientFault, type Subject } from "./plan.ts";

type Request = Readonly<CertificateSigningRequest>;

/** Roles may change: a request that nobody was allowed to make is looked at again. */
const againMs = 60_000;

interface Permission {
  readonly subresource: string;
  readonly message: string;
}

const own: Permission = {
  subresource: "selfnodeclient",
  message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
};
const any: Permission = {
  subresource: "nodeclient",
  message: "Auto approving kubelet client certificate after SubjectAccessReview.",
};

export const certificateApproving: Controller = {
  name: "certificatesigningrequest-approving-controller",
  build(context) {
    const queue = context.queue("certificate");
    enqueueSelf(context.informers.informer(resources.certificatesigningrequests), queue);
    return { loops: [{ queue, workers: 5, reconcile: (name, signal) => reconcile(context, name, signal) }] };
  },
};

async function reconcile(context: ControllerContext, name: string, signal: AbortSignal): Promise<Outcome> {
  const request = context.informers.informer(resources.certificatesigningrequests).get(name);
  if (!request || isIssued(request) || isDecided(request) || request.spec.signerName !== kubeletClient) return done;
  const subject = readRequest(Buffer.from(request.spec.request, "base64").toString());
  const tried = permissionsFor(request, subject);
  for (const permission of tried) {
    if (!(await mayCreate(context, request, permission, signal))) continue;
    await approve(context, request, permission, signal);
    return done;
  }
  return tried.length === 0 ? done : { requeueAfterMs: againMs };
}

function permissionsFor({ spec }: Request, subject: Subject): Permission[] {
  if (kubeletClientFault(subject, spec.usages ?? []) !== undefined) return [];
  return spec.username === subject.commonName ? [own, any] : [any];
}

async function mayCreate(
  { client }: ControllerContext,
  { spec }: Request,
  { subresource }: Permission,
  signal: AbortSignal,
): Promise<boolean> {
  const { username = "", uid, groups, extra } = spec;
  const resourceAttributes = {
    group: "certificates.k8s.io",
    version: "*",
    resource: "certificatesigningrequests",
    subresource,
    verb: "create",
  };
  const review = await client.subjectaccessreviews.create(
    {
      metadata: {},
      spec: {
        user: username,
        ...(uid === undefined ? {} : { uid }),
        ...(groups ? { groups } : {}),
        ...(extra ? { extra } : {}),
        resourceAttributes,
      },
    },
    { signal },
  );
  return review.status?.allowed === true;
}

async function approve(
  { client }: ControllerContext,
  request: Request,
  { message }: Permission,
  signal: AbortSignal,
): Promise<void> {
  const approved = { type: "Approved", status: "True", reason: "AutoApproved", message };
  const status = { ...request.status, conditions: [...(request.status?.conditions ?? []), approved] };
  const address = { name: request.metadata.name ?? "" };
  try {
    const sent = { ...request, status };
    await client.certificatesigningrequests.subresource("PUT", address, "approval", sent, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
