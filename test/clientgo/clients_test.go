package clientgo

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
)

var deployments = appsv1.SchemeGroupVersion.WithResource("deployments")

// richDeployment uses every kind of value that the two encodings write differently.
func richDeployment(name string) *appsv1.Deployment {
	replicas, zero := int32(0), int32(0)
	yes, user := true, int64(1<<40)
	unavailable := intstr.FromString("25%")
	labels := map[string]string{"app": name, "umlaut": "a"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: map[string]string{"text": "ä\n\"<>&\u2028", "empty": ""}},
		Spec: appsv1.DeploymentSpec{
			Replicas:             &replicas,
			RevisionHistoryLimit: &zero,
			Selector:             &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}},
			Strategy: appsv1.DeploymentStrategy{
				Type:          appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: &unavailable},
			},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					SecurityContext: &corev1.PodSecurityContext{RunAsUser: &[]int64{1 << 30}[0], FSGroup: &[]int64{0}[0], RunAsNonRoot: &yes},
					Containers: []corev1.Container{{
						Name: "main", Image: busybox,
						Env:            []corev1.EnvVar{{Name: "EMPTY"}, {Name: "FIELD", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}},
						Resources:      corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("150m"), "memory": resource.MustParse("1.5Gi")}},
						ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("web")}}},
						Ports:          []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}},
					}},
					Volumes: []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: resource.NewQuantity(user, resource.BinarySI)}}}},
				},
			},
		},
	}
}

// TestTypedClients takes an object through its life in each encoding, read back in the other one.
func TestTypedClients(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{jsonType, protobufType}, {protobufType, jsonType}} {
		t.Run("written as "+pair[0], func(t *testing.T) {
			t.Parallel()
			namespace := newNamespace(t)
			writer, err := kubernetes.NewForConfig(speaking(restConfig(t), pair[0]))
			must(t, err)
			reader, err := kubernetes.NewForConfig(speaking(restConfig(t), pair[1]))
			must(t, err)
			typedLife(t, writer, reader, namespace)
		})
	}
}

func typedLife(t *testing.T, writer, reader kubernetes.Interface, namespace string) {
	ctx := t.Context()
	write, read := writer.AppsV1().Deployments(namespace), reader.AppsV1().Deployments(namespace)
	watcher, err := read.Watch(ctx, metav1.ListOptions{})
	must(t, err)
	defer watcher.Stop()
	created, err := write.Create(ctx, richDeployment("rich"), metav1.CreateOptions{})
	must(t, err)
	expectEvent(t, watcher, watch.Added, "rich")
	expectSame(t, read, created)
	// The controller writes the status meanwhile: an update of what was read before is refused, and retried.
	must(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		latest, err := read.Get(ctx, "rich", metav1.GetOptions{})
		if err != nil {
			return err
		}
		latest.Labels["umlaut"] = "b"
		_, err = write.Update(ctx, latest, metav1.UpdateOptions{})
		return err
	}))
	expectEvent(t, watcher, watch.Modified, "rich")
	patches := []struct {
		kind types.PatchType
		body string
	}{
		{types.JSONPatchType, `[{"op":"replace","path":"/metadata/labels/umlaut","value":"c"}]`},
		{types.MergePatchType, `{"metadata":{"annotations":{"empty":null}}}`},
		{types.StrategicMergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"MORE","value":"1"}]}]}}}}`},
	}
	var updated *appsv1.Deployment
	for _, patch := range patches {
		updated, err = write.Patch(ctx, "rich", patch.kind, []byte(patch.body), metav1.PatchOptions{})
		must(t, err)
	}
	if count := len(updated.Spec.Template.Spec.Containers[0].Env); count != 3 {
		t.Errorf("%d variables after the strategic patch, not 3", count)
	}
	if _, left := updated.Annotations["empty"]; left || updated.Labels["umlaut"] != "c" {
		t.Errorf("patches left annotations %v and labels %v", updated.Annotations, updated.Labels)
	}
	must(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		scale, err := write.GetScale(ctx, "rich", metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = 0
		_, err = write.UpdateScale(ctx, "rich", scale, metav1.UpdateOptions{})
		return err
	}))
	must(t, write.Delete(ctx, "rich", metav1.DeleteOptions{}))
	eventually(t, "the deletion", func() error {
		_, err := read.Get(ctx, "rich", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("get answered %v", err)
	})
	expectRefusals(t, writer, namespace)
}

// getter is what both encodings' clients have.
type getter interface {
	Get(ctx contextType, name string, options metav1.GetOptions) (*appsv1.Deployment, error)
	List(ctx contextType, options metav1.ListOptions) (*appsv1.DeploymentList, error)
}

// expectSame reads the object back and finds it in a list; the controller's own annotation may have come meanwhile.
func expectSame(t testing.TB, read getter, want *appsv1.Deployment) {
	t.Helper()
	got, err := read.Get(t.Context(), want.Name, metav1.GetOptions{})
	must(t, err)
	delete(got.Annotations, "deployment.kubernetes.io/revision")
	if !equality.Semantic.DeepEqual(got.Spec, want.Spec) || !equality.Semantic.DeepEqual(got.Annotations, want.Annotations) || got.UID != want.UID {
		t.Errorf("read back:\n%+v\nwritten:\n%+v", got, want)
	}
	list, err := read.List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + want.Name})
	must(t, err)
	if len(list.Items) != 1 || !equality.Semantic.DeepEqual(list.Items[0].Spec, want.Spec) || list.ResourceVersion == "" {
		t.Errorf("listed %d objects at %q, not the one that was written", len(list.Items), list.ResourceVersion)
	}
}

func expectRefusals(t testing.TB, client kubernetes.Interface, namespace string) {
	t.Helper()
	maps := client.CoreV1().ConfigMaps(namespace)
	first := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "once"}, BinaryData: map[string][]byte{"b": {0, 255}}}
	created, err := maps.Create(t.Context(), first, metav1.CreateOptions{})
	must(t, err)
	_, again := maps.Create(t.Context(), first, metav1.CreateOptions{})
	invalid := first.DeepCopy()
	invalid.Name = "Not A Name"
	_, bad := maps.Create(t.Context(), invalid, metav1.CreateOptions{})
	created.Data = map[string]string{"k": "v"}
	_, err = maps.Update(t.Context(), created, metav1.UpdateOptions{})
	must(t, err)
	_, stale := maps.Update(t.Context(), created, metav1.UpdateOptions{})
	_, missing := maps.Get(t.Context(), "nowhere", metav1.GetOptions{})
	for name, right := range map[string]bool{
		"AlreadyExists": apierrors.IsAlreadyExists(again), "Invalid": apierrors.IsInvalid(bad),
		"Conflict": apierrors.IsConflict(stale), "NotFound": apierrors.IsNotFound(missing),
	} {
		if !right {
			t.Errorf("%s was expected among %v", name, []error{again, bad, stale, missing})
		}
	}
	must(t, maps.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{FieldSelector: "metadata.name=once"}))
}

func expectEvent(t testing.TB, watcher watch.Interface, kind watch.EventType, name string) {
	t.Helper()
	timeout := time.After(within)
	for {
		select {
		case event, open := <-watcher.ResultChan():
			if !open {
				t.Fatalf("the watch ended before %s of %s", kind, name)
			}
			object, ok := event.Object.(metav1.Object)
			if ok && event.Type == kind && object.GetName() == name {
				return
			}
		case <-timeout:
			t.Fatalf("no %s of %s", kind, name)
		}
	}
}

func TestDynamicClient(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t)
	client, err := dynamic.NewForConfig(restConfig(t))
	must(t, err)
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(richDeployment("loose"))
	must(t, err)
	object["apiVersion"], object["kind"] = "apps/v1", "Deployment"
	scoped := client.Resource(deployments).Namespace(namespace)
	_, err = scoped.Create(t.Context(), &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	must(t, err)
	list, err := scoped.List(t.Context(), metav1.ListOptions{})
	must(t, err)
	if len(list.Items) != 1 || list.GetKind() != "DeploymentList" || list.Items[0].GetKind() != "Deployment" {
		t.Fatalf("listed %s of %d", list.GetKind(), len(list.Items))
	}
	found := list.Items[0].DeepCopy()
	must(t, unstructured.SetNestedField(found.Object, "yes", "metadata", "labels", "dynamic"))
	eventually(t, "the update", func() error {
		latest, err := scoped.Get(t.Context(), "loose", metav1.GetOptions{})
		if err != nil {
			return err
		}
		found.SetResourceVersion(latest.GetResourceVersion())
		_, err = scoped.Update(t.Context(), found, metav1.UpdateOptions{})
		return err
	})
	status, err := scoped.Get(t.Context(), "loose", metav1.GetOptions{}, "status")
	must(t, err)
	if status.GetLabels()["dynamic"] != "yes" {
		t.Errorf("labels are %v", status.GetLabels())
	}
	must(t, scoped.Delete(t.Context(), "loose", metav1.DeleteOptions{}))
}

func TestMetadataClient(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t)
	typed := typedClient(t)
	_, err := typed.AppsV1().Deployments(namespace).Create(t.Context(), richDeployment("partial"), metav1.CreateOptions{})
	must(t, err)
	// The client prefers protobuf; only JSON is asked for in the second round.
	for name, config := range map[string]*rest.Config{"protobuf": metadata.ConfigFor(restConfig(t)), "json": jsonMetadata(t)} {
		client, err := metadata.NewForConfig(config)
		must(t, err)
		scoped := client.Resource(deployments).Namespace(namespace)
		watcher, err := scoped.Watch(t.Context(), metav1.ListOptions{ResourceVersion: "0"})
		must(t, err)
		expectEvent(t, watcher, watch.Added, "partial")
		watcher.Stop()
		list, err := scoped.List(t.Context(), metav1.ListOptions{})
		must(t, err)
		if len(list.Items) != 1 || list.Items[0].Labels["app"] != "partial" || list.Items[0].UID == "" {
			t.Errorf("%s: listed %+v", name, list.Items)
		}
		patched, err := scoped.Patch(t.Context(), "partial", types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"labels":{"%s":"1"}}}`, name), metav1.PatchOptions{})
		must(t, err)
		if patched.Labels[name] != "1" {
			t.Errorf("%s: labels are %v", name, patched.Labels)
		}
	}
}

func jsonMetadata(t testing.TB) *rest.Config {
	t.Helper()
	config := metadata.ConfigFor(restConfig(t))
	config.AcceptContentTypes, config.ContentType = jsonType, jsonType
	return config
}
