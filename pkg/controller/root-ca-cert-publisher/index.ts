/** Puts the CA of the API server into the config map `kube-root-ca.crt` of every namespace, where pods mount it from. */
import { resources } from "#api/gen/resources.ts";
import type { Controller } from "../framework/controller.ts";
import { keepInEveryNamespace } from "../framework/per-namespace.ts";

const keptName = "kube-root-ca.crt";
const annotations = {
  "kubernetes.io/description": "The CA with which pods verify the API server at its service address.",
};

export const rootCaCertPublisher: Controller = {
  name: "root-ca-certificate-publisher-controller",
  build(context) {
    const ca = context.options.rootCa ?? context.options.connection.ca ?? "";
    const data = { "ca.crt": ca };
    return keepInEveryNamespace(context, {
      queue: "root_ca_cert_publisher",
      kept: context.informers.informer(resources.configmaps),
      keptName,
      isRight: (found) => found.data?.["ca.crt"] === ca && Object.keys(found.data).length === 1,
      create: (namespace, signal) =>
        context.client.configmaps.create({ metadata: { name: keptName, namespace, annotations }, data }, { signal }),
      update: (found, signal) =>
        context.client.configmaps.update(
          {
            ...found,
            data,
            metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, ...annotations } },
          },
          { signal },
        ),
    });
  },
};
