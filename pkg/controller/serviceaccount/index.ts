/** Gives every namespace the service account `default`. */
import { resources } from "#api/gen/resources.ts";
import type { Controller } from "../framework/controller.ts";
import { keepInEveryNamespace } from "../framework/per-namespace.ts";

const keptName = "default";

export const serviceaccount: Controller = {
  name: "serviceaccount-controller",
  build: (context) =>
    keepInEveryNamespace(context, {
      queue: "serviceaccount",
      kept: context.informers.informer(resources.serviceaccounts),
      keptName,
      isRight: () => true,
      create: (namespace, signal) =>
        context.client.serviceaccounts.create({ metadata: { name: keptName, namespace } }, { signal }),
      update: () => Promise.resolve(),
    }),
};
