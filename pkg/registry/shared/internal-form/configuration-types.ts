/** As `types.ts`, for objects that configure the API server and its extensions. */
export const configurationTypes = `
FlowSchemaSpec
  PriorityLevelConfiguration:PriorityLevelConfigurationReference MatchingPrecedence:n
  DistinguisherMethod:*FlowDistinguisherMethod Rules:[]PolicyRulesWithSubjects
PriorityLevelConfigurationReference
  Name:s
FlowDistinguisherMethod
  Type:s
PolicyRulesWithSubjects
  Subjects:[]FlowSubject ResourceRules:[]ResourcePolicyRule NonResourceRules:[]NonResourcePolicyRule
FlowSubject
  Kind:s User:*NamedSubject Group:*NamedSubject ServiceAccount:*ServiceAccountSubject
NamedSubject
  Name:s
ServiceAccountSubject
  Namespace:s Name:s
ResourcePolicyRule
  Verbs:[] APIGroups/apiGroups:[] Resources:[] ClusterScope:b Namespaces:[]
NonResourcePolicyRule
  Verbs:[] NonResourceURLs:[]
PriorityLevelConfigurationSpec
  Type:s Limited:*LimitedPriorityLevelConfiguration Exempt:*ExemptPriorityLevelConfiguration
LimitedPriorityLevelConfiguration
  NominalConcurrencyShares:n LimitResponse:LimitResponse LendablePercent:? BorrowingLimitPercent:?
ExemptPriorityLevelConfiguration
  NominalConcurrencyShares:? LendablePercent:?
LimitResponse
  Type:s Queuing:*QueuingConfiguration
QueuingConfiguration
  Queues:n HandSize:n QueueLengthLimit:n
AuditAnnotation
  Key:s ValueExpression:s
DeviceAttribute
  IntValue/int:? BoolValue/bool:? StringValue/string:? VersionValue/version:?
ResourceClaimTemplateSpec
  ...meta Spec:ResourceClaimSpec
ResourceClaimSpec
  Devices:DeviceClaim
DeviceClaim
  Requests:[]DeviceRequest Constraints:[]DeviceConstraint Config:[]DeviceClaimConfiguration
DeviceRequest
  Name:s Exactly:*ExactDeviceRequest FirstAvailable:[]DeviceSubRequest
ExactDeviceRequest
  DeviceClassName:s Selectors:[]DeviceSelector AllocationMode:s Count:n AdminAccess:? Tolerations:[] Capacity:?
DeviceSubRequest
  Name:s DeviceClassName:s Selectors:[]DeviceSelector AllocationMode:s Count:n Tolerations:[] Capacity:?
DeviceSelector
  CEL/cel:*CELDeviceSelector
CELDeviceSelector
  Expression:s
DeviceConstraint
  Requests:[] MatchAttribute:? DistinctAttribute:?
DeviceClaimConfiguration
  Requests:[] ...DeviceConfiguration
DeviceConfiguration
  Opaque:*OpaqueDeviceConfiguration
OpaqueDeviceConfiguration
  Driver:s Parameters:?
AllocationResult
  Devices:DeviceAllocationResult NodeSelector:*NodeSelector AllocationTimestamp:?
DeviceAllocationResult
  Results:[]DeviceRequestAllocationResult Config:[]DeviceAllocationConfiguration
DeviceRequestAllocationResult
  Request:s Driver:s Pool:s Device:s AdminAccess:? Tolerations:[] BindingConditions:[] BindingFailureConditions:[]
  ShareID:? ConsumedCapacity:?
DeviceAllocationConfiguration
  Source:s Requests:[] ...DeviceConfiguration
`;
