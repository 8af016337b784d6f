// Package clientgo drives a running cluster with client-go and controller-runtime, as operators and tools in Go do.
package clientgo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	jsonType     = "application/json"
	protobufType = "application/vnd.kubernetes.protobuf"
	busybox      = "kubets.dev/busybox:1"
	// within bounds every wait for something that a controller or a kubelet does.
	within = 40 * time.Second
)

// testCluster is where the runner's cluster is; every field is needed.
type testCluster struct {
	kubeconfig, dataDir, runDir string
}

func theCluster() (testCluster, error) {
	cluster := testCluster{os.Getenv("KUBECONFIG"), os.Getenv("KUBETS_DATA"), os.Getenv("KUBETS_RUN")}
	if cluster.kubeconfig == "" || cluster.dataDir == "" || cluster.runDir == "" {
		return cluster, errors.New("KUBECONFIG, KUBETS_DATA and KUBETS_RUN name the cluster: run `make clientgo`")
	}
	return cluster, nil
}

func TestMain(m *testing.M) {
	if _, err := theCluster(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// restConfig is the administrator's, without client-side limits of rate.
func restConfig(t testing.TB) *rest.Config {
	t.Helper()
	cluster, err := theCluster()
	must(t, err)
	config, err := clientcmd.BuildConfigFromFlags("", cluster.kubeconfig)
	must(t, err)
	config.QPS = -1
	return config
}

// speaking returns a copy of the configuration for clients that send and accept this content type.
func speaking(config *rest.Config, contentType string) *rest.Config {
	encoded := rest.CopyConfig(config)
	encoded.ContentType = contentType
	encoded.AcceptContentTypes = contentType
	return encoded
}

func typedClient(t testing.TB) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(speaking(restConfig(t), protobufType))
	must(t, err)
	return client
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var namespaces atomic.Int64

// newNamespace makes a namespace with its default service account; it goes with the test.
func newNamespace(t testing.TB) string {
	t.Helper()
	client := typedClient(t)
	name := fmt.Sprintf("go-%d-%d", os.Getpid(), namespaces.Add(1))
	_, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		now := int64(0)
		options := metav1.DeleteOptions{GracePeriodSeconds: &now}
		if err := client.CoreV1().Namespaces().Delete(context.Background(), name, options); err != nil {
			t.Errorf("delete namespace %s: %v", name, err)
		}
	})
	eventually(t, "the default service account", func() error {
		_, err := client.CoreV1().ServiceAccounts(name).Get(t.Context(), "default", metav1.GetOptions{})
		return err
	})
	return name
}

// eventually repeats check until it returns nil; its last error fails the test.
func eventually(t testing.TB, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s: %v", what, within, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// sleeper is a pod that runs until it is told to end.
func sleeper(name string) *corev1.Pod {
	grace := int64(1)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			Containers:                    []corev1.Container{{Name: "main", Image: busybox, Command: []string{"sleep", "3600"}}},
		},
	}
}

// runPod creates a pod and waits until it is ready.
func runPod(t testing.TB, client kubernetes.Interface, namespace string, pod *corev1.Pod) {
	t.Helper()
	_, err := client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	must(t, err)
	eventually(t, "pod "+pod.Name, func() error {
		found, err := client.CoreV1().Pods(namespace).Get(t.Context(), pod.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range found.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("phase %s is not ready", found.Status.Phase)
	})
}

// startPod creates a pod and waits until its container runs or is done.
func startPod(t testing.TB, client kubernetes.Interface, namespace string, pod *corev1.Pod) {
	t.Helper()
	_, err := client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	must(t, err)
	eventually(t, "pod "+pod.Name, func() error {
		found, err := client.CoreV1().Pods(namespace).Get(t.Context(), pod.Name, metav1.GetOptions{})
		if err == nil && found.Status.Phase == corev1.PodPending {
			err = errors.New("it is pending")
		}
		return err
	})
}

func apiServerPid(t testing.TB) int {
	t.Helper()
	cluster, err := theCluster()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(cluster.runDir, "kube-apiserver.pid"))
	must(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	must(t, err)
	return pid
}

// restartApiServer kills the API server and returns when another one answers.
func restartApiServer(t testing.TB) {
	t.Helper()
	before := apiServerPid(t)
	must(t, syscall.Kill(before, syscall.SIGKILL))
	client := typedClient(t)
	eventually(t, "the next API server", func() error {
		if apiServerPid(t) == before {
			return errors.New("the process is the same")
		}
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(t.Context())
		return err
	})
}
