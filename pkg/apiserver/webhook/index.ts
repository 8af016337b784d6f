/** Servers outside of this one that it asks: webhooks, by URL or by Service. */
export { type WebhookCall, WebhookClient } from "./client.ts";
export { describeNetworkError } from "./go-errors.ts";
export { machineRoots } from "./roots.ts";
export {
  type ServiceAddress,
  type ServiceReference,
  type ServiceResolver,
  serviceResolver,
} from "./service-resolver.ts";
