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
`;
