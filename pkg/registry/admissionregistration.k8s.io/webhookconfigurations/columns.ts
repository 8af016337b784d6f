import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from "#api/types/admissionregistration.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

/** Mutating and validating ones alike. */
export const webhookConfigurationCells: Cells<MutatingWebhookConfiguration | ValidatingWebhookConfiguration> = (
  configuration,
  now,
) => [nameOf(configuration), configuration.webhooks?.length ?? 0, age(configuration, now)];
