/** What webhooks cost and refuse, under upstream's names. */
import { Counter, Histogram, type Registry } from "prom-client";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Operation } from "../plugin.ts";
import { WebhookFailure } from "./failure.ts";

const bucketSeconds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];

export type WebhookType = "admit" | "validating";

export interface WebhookOutcome {
  readonly name: string;
  readonly type: WebhookType;
  readonly operation: Operation;
  readonly seconds: number;
  /** Undefined: allowed. */
  readonly error: unknown;
  /** The failure counts as allowed. */
  readonly open: boolean;
}

export class WebhookMetrics {
  readonly #duration: Histogram;
  readonly #requests: Counter;
  readonly #rejections: Counter;
  readonly #failedOpen: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const prefix = "apiserver_admission_webhook_";
    this.#duration = new Histogram({
      name: `${prefix}admission_duration_seconds`,
      help: "Seconds that a webhook took to answer.",
      labelNames: ["name", "type", "operation", "rejected"],
      buckets: bucketSeconds,
      registers,
    });
    this.#requests = new Counter({
      name: `${prefix}request_total`,
      help: "Requests that webhooks were asked about.",
      labelNames: ["name", "type", "operation", "code", "rejected"],
      registers,
    });
    this.#rejections = new Counter({
      name: `${prefix}rejection_count`,
      help: "Requests that were refused because of webhooks.",
      labelNames: ["name", "type", "operation", "error_type", "rejection_code"],
      registers,
    });
    this.#failedOpen = new Counter({
      name: `${prefix}fail_open_count`,
      help: "Failures of webhooks that counted as allowed.",
      labelNames: ["name", "type"],
      registers,
    });
  }

  observe({ name, type, operation, seconds, error, open }: WebhookOutcome): void {
    const code = error === undefined ? 200 : codeOf(error);
    const rejected = String(error !== undefined && !open);
    this.#duration.observe({ name, type, operation, rejected }, seconds);
    this.#requests.inc({ name, type, operation, code: String(code), rejected });
    if (error === undefined) return;
    if (open) this.#failedOpen.inc({ name, type });
    else {
      const cause = error instanceof WebhookFailure ? "calling_webhook_error" : "no_error";
      this.#rejections.inc({ name, type, operation, error_type: cause, rejection_code: String(rejectionCode(code)) });
    }
  }
}

/** A webhook that did not answer is as one that is away. */
const codeOf = (error: unknown): number => {
  if (error instanceof StatusError) return error.code;
  const { cause } = error as Error;
  return cause instanceof StatusError ? cause.code : 503;
};

/** Codes that a client cannot know count as one. */
const rejectionCode = (code: number): number => Math.min(code, 600);
