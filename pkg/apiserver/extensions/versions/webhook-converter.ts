/**
 * Strategy `Webhook`: somebody else converts.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
import { randomUUID } from "node:crypto";
import type { CustomResourceConversion } from "#api/types/apiextensions.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { WebhookClient } from "../../webhook/index.ts";
import type { Converter } from "./converter.ts";
import { restoreMetadata } from "./restore-metadata.ts";

/** Upstream waits as long. */
const timeoutMs = 30_000;

export interface WebhookConverterOptions {
  readonly conversion: CustomResourceConversion;
  readonly client: WebhookClient;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
}

interface Review {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly response?: {
    readonly uid?: unknown;
    readonly result?: { readonly status?: string; readonly message?: string };
    readonly convertedObjects?: readonly unknown[];
  };
}

export class WebhookConverter implements Converter {
  readonly isSync = false;
  readonly #options: WebhookConverterOptions;

  constructor(options: WebhookConverterOptions) {
    this.#options = options;
  }

  async convert(objects: readonly KubeObject[], apiVersion: string): Promise<readonly KubeObject[]> {
    const asked = objects.filter((object) => object.apiVersion !== apiVersion);
    if (asked.length === 0) return objects;
    const answers = await this.#ask(asked, apiVersion);
    const next = answers.values();
    return objects.map((object) => (object.apiVersion === apiVersion ? object : (next.next().value as KubeObject)));
  }

  async #ask(objects: readonly KubeObject[], apiVersion: string): Promise<readonly KubeObject[]> {
    const about = describe(objects);
    const uid = randomUUID();
    const version = reviewVersionOf(this.#options.conversion);
    const body = {
      kind: "ConversionReview",
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    };
    let converted: readonly unknown[];
    try {
      const { client, signal, conversion } = this.#options;
      const config = conversion.webhook?.clientConfig ?? {};
      const review = (await client.post({ config, body, timeoutMs, signal })) as Review;
      converted = answerOf(review, { uid, version });
    } catch (error) {
      throw failure(`conversion webhook for ${about} failed: ${(error as Error).message}`, error);
    }
    if (converted.length !== objects.length) {
      throw failure(`conversion webhook for ${about} returned ${converted.length} objects, expected ${objects.length}`);
    }
    return objects.map((object, at) => this.#accept(object, converted[at], { about, apiVersion }));
  }

  #accept(
    original: KubeObject,
    answer: unknown,
    { about, apiVersion }: { readonly about: string; readonly apiVersion: string },
  ): KubeObject {
    const wrong = (what: string, why: string): StatusError =>
      failure(`conversion webhook for ${about} returned invalid ${what}: ${why}`);
    if (typeof answer !== "object" || answer === null) throw failure("unexpected end of JSON input");
    const converted = answer as KubeObject;
    if (converted.apiVersion !== apiVersion) {
      throw wrong(
        "object at index 0",
        `invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ""})`,
      );
    }
    if (converted.kind !== original.kind) {
      throw wrong("object at index 0", `invalid kind (expected ${original.kind}, received ${converted.kind ?? ""})`);
    }
    const changed = identityChange(original, converted);
    if (changed !== undefined) throw wrong("object", changed);
    const restored = restoreMetadata(original, converted);
    if (typeof restored === "string") throw wrong("metadata", restored);
    return restored;
  }
}

/** Upstream gives no reason, as for any failure below its storage. */
const failure = (message: string, cause?: unknown): StatusError =>
  new StatusError("Unknown", message, { code: 500, ...(cause === undefined ? {} : { cause }) });

/** Many are asked about at once, and told of as one: upstream asks about each when it comes from storage. */
function describe([first]: readonly KubeObject[]): string {
  return `${first?.apiVersion}, Kind=${first?.kind}`;
}

function reviewVersionOf({ webhook }: CustomResourceConversion): "v1" | "v1beta1" {
  const version = webhook?.conversionReviewVersions?.find((one) => one === "v1" || one === "v1beta1");
  if (version !== "v1" && version !== "v1beta1") throw failure("no supported conversion review versions");
  return version;
}

/** Throws an Error for an answer that is not one to the question, or no success. */
function answerOf(
  review: Review,
  { uid, version }: { readonly uid: string; readonly version: string },
): readonly unknown[] {
  const { apiVersion = "", kind = "", response } = review ?? {};
  const wanted = `apiextensions.k8s.io/${version}`;
  const isKnown = apiVersion === "apiextensions.k8s.io/v1" || apiVersion === "apiextensions.k8s.io/v1beta1";
  if (!isKnown || kind !== "ConversionReview") {
    const where = `version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for ${where}`);
  }
  if (version === "v1" && apiVersion !== wanted) {
    throw new Error(
      `expected webhook response of ${wanted}, Kind=ConversionReview, got ${String(apiVersion)}, Kind=${String(kind)}`,
    );
  }
  if (!response) throw new Error("no response provided");
  if (version === "v1" && response.uid !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  }
  const { status = "", message = "" } = response.result ?? {};
  if (status !== "Success")
    throw new Error(message === "" ? `response.result.status was '${status}', not 'Success'` : message);
  return response.convertedObjects ?? [];
}

function identityChange({ metadata: before }: KubeObject, { metadata: after }: KubeObject): string | undefined {
  const compare = (what: string, a: string | undefined, b: string | undefined): string | undefined =>
    (a ?? "") === (b ?? "") ? undefined : `must have the same ${what}: ${a ?? ""} != ${b ?? ""}`;
  return (
    compare("name", before.name, after?.name) ??
    compare("namespace", before.namespace, after?.namespace) ??
    compare("UID", before.uid, after?.uid)
  );
}
