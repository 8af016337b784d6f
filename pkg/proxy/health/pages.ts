/** What kube-proxy answers about itself: `/healthz`, `/livez`, and `/proxyMode` beside its metrics. */
import type { RequestHandler } from "express";

export interface ProxyHealth {
  /** No change has waited too long for its rules. */
  readonly healthy: boolean;
  /** When the rules were last known to be right, ms; 0 before the first time. */
  readonly lastUpdated: number;
  readonly now: number;
  /** Whether load balancers may send traffic to this node: it is not about to go. */
  readonly nodeEligible: boolean;
}

type Health = () => ProxyHealth;

export function healthPages(health: Health): Record<string, RequestHandler> {
  const page =
    (asksForNode: boolean): RequestHandler =>
    (_, response) => {
      const { healthy, lastUpdated, now, nodeEligible } = health();
      const isFine = healthy && (nodeEligible || !asksForNode);
      const times = { lastUpdated: timeText(healthy ? now : lastUpdated), currentTime: timeText(now) };
      response.set("x-content-type-options", "nosniff");
      response.status(isFine ? 200 : 503).json(asksForNode ? { ...times, nodeEligible } : times);
    };
  return { "/healthz": page(true), "/livez": page(false) };
}

export const modePages: Record<string, RequestHandler> = {
  "/proxyMode": (_, response) => void response.type("text/plain").send("nftables"),
};

/** As Go prints a time. */
function timeText(ms: number): string {
  if (ms === 0) return "0001-01-01 00:00:00 +0000 UTC";
  return `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} +0000 UTC`;
}
