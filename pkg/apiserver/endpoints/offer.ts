/** Which forms a resource can be had in. */
import type { Offer } from "../negotiation/representation.ts";
import type { ServedResource } from "../resources/served-resource.ts";

const builtIn: Offer = { protobuf: true, views: true };
const custom: Offer = { protobuf: false, views: true };

export const offerOf = (resource: ServedResource): Offer => (resource.isCustom ? custom : builtIn);
