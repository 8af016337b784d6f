package clientgo

import (
	"fmt"
	"slices"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// TestTokenRequest: a token that is bound to a pod says who it is, may what its role says, and dies with the pod.
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	admin := typedClient(t)
	namespace := newNamespace(t)
	pod := sleeper("bound")
	pod.Spec.NodeSelector = map[string]string{"nowhere": "to-be-found"}
	bound, err := admin.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	must(t, err)
	token := requestToken(t, admin, namespace, bound)
	user := fmt.Sprintf("system:serviceaccount:%s:default", namespace)
	bearer := rest.AnonymousClientConfig(restConfig(t))
	bearer.BearerToken = token
	client, err := kubernetes.NewForConfig(bearer)
	must(t, err)
	self, err := client.AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	must(t, err)
	if info := self.Status.UserInfo; info.Username != user || !slices.Equal(info.Extra["authentication.kubernetes.io/pod-name"], []string{"bound"}) {
		t.Errorf("the token is of %+v", info)
	}
	if _, err := client.CoreV1().ConfigMaps(namespace).List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("without a role it lists: %v", err)
	}
	grantReading(t, admin, namespace)
	eventually(t, "the role", func() error {
		_, err := client.CoreV1().ConfigMaps(namespace).List(t.Context(), metav1.ListOptions{})
		return err
	})
	expectAccess(t, client, namespace, "configmaps", true)
	expectAccess(t, client, namespace, "secrets", false)
	expectReview(t, admin, token, user, true)
	now := int64(0)
	must(t, admin.CoreV1().Pods(namespace).Delete(t.Context(), "bound", metav1.DeleteOptions{GracePeriodSeconds: &now}))
	eventually(t, "the token's end", func() error {
		_, err := client.CoreV1().ConfigMaps(namespace).List(t.Context(), metav1.ListOptions{})
		return isTrue(apierrors.IsUnauthorized(err), "unauthorized")
	})
	expectReview(t, admin, token, user, false)
}

func requestToken(t *testing.T, client kubernetes.Interface, namespace string, pod *corev1.Pod) string {
	t.Helper()
	seconds := int64(600)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID},
	}}
	answer, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), "default", request, metav1.CreateOptions{})
	must(t, err)
	if answer.Status.Token == "" || answer.Status.ExpirationTimestamp.IsZero() {
		t.Fatalf("the request was answered with %+v", answer.Status)
	}
	short := int64(5)
	request.Spec.ExpirationSeconds = &short
	if _, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), "default", request, metav1.CreateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("a token for five seconds: %v", err)
	}
	return answer.Status.Token
}

func grantReading(t *testing.T, client kubernetes.Interface, namespace string) {
	t.Helper()
	rules := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get", "list"}}}
	_, err := client.RbacV1().Roles(namespace).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "reader"}, Rules: rules}, metav1.CreateOptions{})
	must(t, err)
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "default", Namespace: namespace}},
	}
	_, err = client.RbacV1().RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{})
	must(t, err)
}

func expectAccess(t *testing.T, client kubernetes.Interface, namespace, resource string, want bool) {
	t.Helper()
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "list", Resource: resource},
	}}
	answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
	must(t, err)
	if answer.Status.Allowed != want {
		t.Errorf("may list %s: %v (%s)", resource, answer.Status.Allowed, answer.Status.Reason)
	}
}

func expectReview(t *testing.T, admin kubernetes.Interface, token, user string, want bool) {
	t.Helper()
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	answer, err := admin.AuthenticationV1().TokenReviews().Create(t.Context(), review, metav1.CreateOptions{})
	must(t, err)
	if status := answer.Status; status.Authenticated != want || (want && status.User.Username != user) {
		t.Errorf("the review says %+v", status)
	}
}

// TestEviction: a budget keeps the last pod; without it the pod goes.
func TestEviction(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	runPod(t, client, namespace, sleeper("kept"))
	one := intstr.FromInt32(1)
	budgets := client.PolicyV1().PodDisruptionBudgets(namespace)
	_, err := budgets.Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "keep"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "kept"}}},
	}, metav1.CreateOptions{})
	must(t, err)
	eventually(t, "the budget", func() error {
		found, err := budgets.Get(t.Context(), "keep", metav1.GetOptions{})
		if err == nil && (found.Status.ObservedGeneration == 0 || found.Status.CurrentHealthy != 1 || found.Status.ExpectedPods != 1) {
			err = fmt.Errorf("its status is %+v", found.Status)
		}
		return err
	})
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "kept", Namespace: namespace}}
	err = client.PolicyV1().Evictions(namespace).Evict(t.Context(), eviction)
	if !apierrors.IsTooManyRequests(err) || !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause) {
		t.Fatalf("an eviction against the budget: %v", err)
	}
	must(t, budgets.Delete(t.Context(), "keep", metav1.DeleteOptions{}))
	eventually(t, "the eviction", func() error { return client.PolicyV1().Evictions(namespace).Evict(t.Context(), eviction) })
	eventually(t, "the pod's end", func() error {
		_, err := client.CoreV1().Pods(namespace).Get(t.Context(), "kept", metav1.GetOptions{})
		return isTrue(apierrors.IsNotFound(err), "gone")
	})
}
