/** How objects get from one version to another. */
import type { CustomResourceConversion } from "#api/types/apiextensions.k8s.io/v1";
import { forbidden, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "#pkg/registry/shared/findings.ts";
import { label1035Errors } from "#pkg/registry/shared/names.ts";
import { nextPemBlock } from "#pkg/registry/shared/pem.ts";
import { webhookService, webhookUrl } from "#pkg/registry/shared/webhook-client.ts";

const strategies = ["None", "Webhook"];
const reviewVersions = ["v1", "v1beta1"];
const onlyForWebhook = "should not be set when strategy is not set to Webhook";

export interface ConversionRules {
  readonly knownReviewVersion: boolean;
  readonly goodCaBundle: boolean;
}

export const knowsReviewVersion = (versions: readonly string[] | undefined): boolean =>
  !versions?.length || versions.some((version) => reviewVersions.includes(version));

export function* conversion(path: string, of: CustomResourceConversion, rules: ConversionRules): Findings {
  const strategy: string = of.strategy ?? "";
  if (strategy === "") yield required(`${path}.strategy`);
  else if (!strategies.includes(strategy)) yield notSupported(`${path}.strategy`, strategy, strategies);
  const { webhook } = of;
  const at = `${path}.webhookClientConfig`;
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy !== "Webhook") {
    if (webhook?.clientConfig) yield forbidden(at, onlyForWebhook);
    if (versions.length > 0) yield forbidden(`${path}.conversionReviewVersions`, onlyForWebhook);
    return;
  }
  if (!webhook?.clientConfig) yield required(at, "required when strategy is set to Webhook");
  else yield* client(at, webhook.clientConfig, rules);
  yield* reviews(`${path}.conversionReviewVersions`, versions, rules);
}

type Client = NonNullable<NonNullable<CustomResourceConversion["webhook"]>["clientConfig"]>;

function* client(path: string, { url, service, caBundle }: Client, { goodCaBundle }: ConversionRules): Findings {
  if ((url === undefined) === (service === undefined)) {
    yield required(path, "exactly one of url or service is required");
  } else if (url !== undefined) yield* webhookUrl(`${path}.url`, url);
  else yield* webhookService(`${path}.service`, service ?? {});
  if (caBundle && goodCaBundle && !isCaBundle(caBundle)) {
    yield invalid(`${path}.caBundle`, caBundle, "unable to load root certificates: unable to parse bytes as PEM block");
  }
}

export const isCaBundle = (base64: string): boolean =>
  nextPemBlock(Buffer.from(base64, "base64").toString("latin1"))?.type === "CERTIFICATE";

function* reviews(path: string, versions: readonly string[], { knownReviewVersion }: ConversionRules): Findings {
  if (versions.length === 0) {
    yield required(path);
    return;
  }
  for (const [at, version] of versions.entries()) {
    if (versions.indexOf(version) < at) yield invalid(`${path}[${at}]`, version, "duplicate version");
    else yield* say(`${path}[${at}]`, version, label1035Errors(version));
  }
  if (knownReviewVersion && !knowsReviewVersion(versions)) {
    yield invalid(path, versions, `must include at least one of ${reviewVersions.join(", ")}`);
  }
}
