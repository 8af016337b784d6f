/** What drivers of devices serve to the kubelet: upstream's API dra, in its two versions, which are alike. */
import { MessageCodec } from "#api/cri/codec.ts";
import { parseRuntimeApi } from "#api/cri/parse.ts";

const tableOf = (version: string) => {
  const api = parseRuntimeApi(`package k8s.io.kubelet.pkg.apis.dra.${version}

message Claim
  1 namespace string
  2 uid string
  3 name string

message NodePrepareResourcesRequest
  1 claims []Claim

message Device
  1 request_names []string
  2 pool_name string
  3 device_name string
  4 cdi_device_ids []string
  5 share_id string

message NodePrepareResourceResponse
  1 devices []Device
  2 error string

message NodePrepareResourcesResponse
  1 claims map(string,NodePrepareResourceResponse)

message NodeUnprepareResourcesRequest
  1 claims []Claim

message NodeUnprepareResourceResponse
  1 error string

message NodeUnprepareResourcesResponse
  1 claims map(string,NodeUnprepareResourceResponse)

service DRAPlugin
  rpc NodePrepareResources NodePrepareResourcesRequest NodePrepareResourcesResponse
  rpc NodeUnprepareResources NodeUnprepareResourcesRequest NodeUnprepareResourcesResponse
`);
  return { codec: new MessageCodec(api), services: api.services };
};

/** By the name that a driver registers, the newest first. */
export const services: ReadonlyMap<string, ReturnType<typeof tableOf>> = new Map(
  ["v1", "v1beta1"].map((version) => [`${version}.DRAPlugin`, tableOf(version)]),
);

export interface ClaimReference {
  readonly namespace: string;
  readonly uid: string;
  readonly name: string;
}

export interface DeviceReply {
  /** Empty: all requests of the claim. */
  readonly requestNames: readonly string[];
  readonly poolName: string;
  readonly deviceName: string;
  readonly cdiDeviceIds: readonly string[];
  readonly shareId: string;
}

export interface PrepareReply {
  readonly devices: readonly DeviceReply[];
  /** Not empty: the claim was not prepared. */
  readonly error: string;
}

export interface UnprepareReply {
  readonly error: string;
}

/** By the uid of the claim; an answer with nothing in it may be absent. */
export type Replies<T> = Readonly<Record<string, T | undefined>>;
