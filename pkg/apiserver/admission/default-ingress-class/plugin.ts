/**
 * Gives Ingresses that ask for no class the cluster's default one.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#default-ingress-class
 */
import { resources } from "#api/gen/resources.ts";
import type { Ingress } from "#api/types/networking.k8s.io/v1";
import { markedDefault } from "#pkg/apimachinery/marked-default.ts";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const mark = "ingressclass.kubernetes.io/is-default-class";
/** How classes were asked for before there was a field. */
const olderWish = "kubernetes.io/ingress.class";

export const defaultIngressClass: AdmissionPluginFactory = ({ reader }) => ({
  name: "DefaultIngressClass",
  handles: (request) => request.operation === "CREATE" && isResource(request, "networking.k8s.io", "ingresses"),
  async admit(request) {
    const ingress = request.object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[olderWish] !== undefined) return;
    const found = markedDefault(await reader.list(resources.ingressclasses, ""), [mark]);
    if (found?.metadata.name) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name };
  },
});
