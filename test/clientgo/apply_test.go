package clientgo

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
)

// isTrue is an error where the thing is not so.
func isTrue(so bool, what string) error {
	if so {
		return nil
	}
	return errors.New("not " + what)
}

func applied(name, namespace, image string) *appsapply.DeploymentApplyConfiguration {
	labels := map[string]string{"app": name}
	return appsapply.Deployment(name, namespace).WithSpec(appsapply.DeploymentSpec().WithReplicas(0).
		WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().
			WithContainers(coreapply.Container().WithName("main").WithImage(image)))))
}

// TestApplyConfigurations: two managers own fields of one object, conflict, force, and give up.
func TestApplyConfigurations(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	deployments := client.AppsV1().Deployments(namespace)
	one, two := metav1.ApplyOptions{FieldManager: "one"}, metav1.ApplyOptions{FieldManager: "two"}
	created, err := deployments.Apply(t.Context(), applied("web", namespace, busybox), one)
	must(t, err)
	// Applying the same again changes nothing but what controllers wrote meanwhile.
	again, err := deployments.Apply(t.Context(), applied("web", namespace, busybox), one)
	must(t, err)
	if again.Generation != created.Generation || again.UID != created.UID {
		t.Errorf("generation %d became %d", created.Generation, again.Generation)
	}
	_, err = deployments.Apply(t.Context(), applied("web", namespace, "other:1"), two)
	expectConflict(t, err, `conflict with "one": .spec.template.spec.containers[name="main"].image`)
	two.Force = true
	forced, err := deployments.Apply(t.Context(), applied("web", namespace, "other:1"), two)
	must(t, err)
	if image := forced.Spec.Template.Spec.Containers[0].Image; image != "other:1" {
		t.Errorf("the image is %s", image)
	}
	// What one owned alone goes when it is no longer applied; what two owns too stays.
	label := applied("web", namespace, "other:1").WithLabels(map[string]string{"own": "1"})
	_, err = deployments.Apply(t.Context(), label, one)
	must(t, err)
	less := appsapply.Deployment("web", namespace)
	left, err := deployments.Apply(t.Context(), less, one)
	must(t, err)
	if _, has := left.Labels["own"]; has || len(left.Spec.Template.Spec.Containers) != 1 {
		t.Errorf("left are labels %v and %d containers", left.Labels, len(left.Spec.Template.Spec.Containers))
	}
	extracted, err := appsapply.ExtractDeployment(left, "two")
	must(t, err)
	if extracted.Spec == nil || *extracted.Spec.Template.Spec.Containers[0].Image != "other:1" {
		t.Errorf("two's own part is %+v", extracted)
	}
	expectStatusOwner(t, namespace)
}

func expectConflict(t *testing.T, err error, want string) {
	t.Helper()
	if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %s", err, want)
	}
}

// expectStatusOwner applies a status: an owner of its own, and nothing of the spec.
func expectStatusOwner(t *testing.T, namespace string) {
	t.Helper()
	client := typedClient(t)
	pods := client.CoreV1().Pods(namespace)
	pod := sleeper("owned")
	pod.Spec.NodeSelector = map[string]string{"nowhere": "to-be-found"}
	_, err := pods.Create(t.Context(), pod, metav1.CreateOptions{FieldManager: "maker"})
	must(t, err)
	condition := coreapply.PodCondition().WithType("example.com/seen").WithStatus("True")
	status := coreapply.Pod("owned", namespace).WithStatus(coreapply.PodStatus().WithConditions(condition))
	found, err := pods.ApplyStatus(t.Context(), status, metav1.ApplyOptions{FieldManager: "watcher"})
	must(t, err)
	managers := []string{}
	for _, entry := range found.ManagedFields {
		managers = append(managers, fmt.Sprintf("%s/%s/%s", entry.Manager, entry.Operation, entry.Subresource))
	}
	if text := strings.Join(managers, " "); !strings.Contains(text, "watcher/Apply/status") || !strings.Contains(text, "maker/Update/") {
		t.Errorf("the managers are %s", text)
	}
	extracted, err := coreapply.ExtractPodStatus(found, "watcher")
	must(t, err)
	if extracted.Status == nil || len(extracted.Status.Conditions) != 1 || extracted.Spec != nil {
		t.Errorf("the watcher's own part is %+v", extracted)
	}
}
