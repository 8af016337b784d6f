/** What was decided and what was exempt, under upstream's names. */
import { Counter, type Registry } from "prom-client";
import type { AdmissionRequest } from "../plugin.ts";
import type { LevelVersion } from "./levels.ts";
import { minorOf } from "./levels.ts";
import type { Mode } from "./policy.ts";
import type { Subject } from "./subjects.ts";

/** The release that the server is of: later ones count as one. */
const minorServed = 35;

export interface Asked {
  readonly request: Pick<AdmissionRequest, "operation" | "subresource">;
  readonly subject: Subject;
}

const asked = ({ request: { operation, subresource }, subject }: Asked) => ({
  request_operation: operation.toLowerCase(),
  resource: subject,
  subresource,
});

function versionLabel({ level, version }: LevelVersion): string {
  if (version === "latest" || level === "privileged") return "latest";
  return minorOf(version) > minorServed ? "future" : version;
}

const requestLabels = ["request_operation", "resource", "subresource"] as const;
const written = ["CREATE", "UPDATE"] as const;

/** By far the most pods come into namespaces that ask for nothing: these are counted here until somebody asks. */
type Plain = Record<(typeof written)[number], number>;

export class PodSecurityMetrics {
  readonly #evaluations: Counter;
  readonly #exemptions: Counter;
  readonly #errors: Counter;
  readonly #plain: Plain = { CREATE: 0, UPDATE: 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    const plain = this.#plain;
    this.#evaluations = new Counter({
      name: "pod_security_evaluations_total",
      help: "[ALPHA] Number of policy evaluations that occurred, not counting ignored or exempt requests.",
      labelNames: ["decision", "policy_level", "policy_version", "mode", ...requestLabels],
      registers,
      collect() {
        for (const operation of written) {
          this.inc(plainLabels(operation), plain[operation]);
          plain[operation] = 0;
        }
      },
    });
    this.#exemptions = new Counter({
      name: "pod_security_exemptions_total",
      help: "[ALPHA] Number of exempt requests, not counting ignored or out of scope requests.",
      labelNames: requestLabels,
      registers,
    });
    this.#errors = new Counter({
      name: "pod_security_errors_total",
      help: "[ALPHA] Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.",
      labelNames: ["fatal", ...requestLabels],
      registers,
    });
    for (const subject of ["pod", "controller"] as const) {
      for (const operation of written) {
        this.#exemptions.inc(asked({ request: { operation, subresource: "" }, subject }), 0);
      }
    }
  }

  /** A pod in a namespace that asks for nothing. */
  passed({ operation, subresource }: Asked["request"]): void {
    if (subresource === "" && (operation === "CREATE" || operation === "UPDATE")) this.#plain[operation] += 1;
    else this.#evaluations.inc({ ...plainLabels(operation), subresource });
  }

  evaluated(of: Asked, mode: Mode, { policy, isAllowed }: { policy: LevelVersion; isAllowed: boolean }): void {
    this.#evaluations.inc({
      decision: isAllowed ? "allow" : "deny",
      policy_level: policy.level,
      policy_version: versionLabel(policy),
      mode,
      ...asked(of),
    });
  }

  exempted(of: Asked): void {
    this.#exemptions.inc(asked(of));
  }

  /** `isFatal`: there was no evaluation. */
  failed(of: Asked, isFatal: boolean): void {
    this.#errors.inc({ fatal: String(isFatal), ...asked(of) });
  }
}

const plainLabels = (operation: AdmissionRequest["operation"]) => ({
  decision: "allow",
  policy_level: "privileged",
  policy_version: "latest",
  mode: "enforce",
  ...asked({ request: { operation, subresource: "" }, subject: "pod" }),
});
