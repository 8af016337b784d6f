package clientgo

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"
)

// TestPagination reads 25 objects in pages of 7 while others come and go: the pages are of one moment.
func TestPagination(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	const total, page = 25, 7
	configMaps := client.CoreV1().ConfigMaps(namespace)
	for index := range total {
		_, err := configMaps.Create(t.Context(), followed(fmt.Sprintf("page-%02d", index), "1"), metav1.CreateOptions{})
		must(t, err)
	}
	var names []string
	options := metav1.ListOptions{Limit: page, LabelSelector: "", FieldSelector: ""}
	revision := ""
	for {
		list, err := configMaps.List(t.Context(), options)
		must(t, err)
		if revision == "" {
			revision = list.ResourceVersion
			// The first page says how many follow; kube-root-ca.crt is one more.
			if left := list.RemainingItemCount; left == nil || *left != total+1-page {
				t.Errorf("remainingItemCount is %v, not %d", left, total+1-page)
			}
			must(t, configMaps.Delete(t.Context(), "page-24", metav1.DeleteOptions{}))
			_, err = configMaps.Create(t.Context(), followed("page-99", "1"), metav1.CreateOptions{})
			must(t, err)
		}
		if list.ResourceVersion != revision {
			t.Errorf("a page is of %s, the first was of %s", list.ResourceVersion, revision)
		}
		if len(list.Items) > page {
			t.Errorf("a page of %d", len(list.Items))
		}
		for _, item := range list.Items {
			names = append(names, item.Name)
		}
		if options.Continue = list.Continue; options.Continue == "" {
			break
		}
	}
	if joined := strings.Join(names, " "); len(names) != total+1 || !strings.HasSuffix(joined, "page-24") || strings.Contains(joined, "page-99") {
		t.Errorf("the pages hold %s", joined)
	}
	expectPager(t, client, namespace, total)
}

// expectPager counts with client-go's own pager.
func expectPager(t *testing.T, client kubernetes.Interface, namespace string, want int) {
	t.Helper()
	list := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		options.LabelSelector = "followed"
		return client.CoreV1().ConfigMaps(namespace).List(t.Context(), options)
	}))
	list.PageSize = 4
	count := 0
	must(t, list.EachListItem(t.Context(), metav1.ListOptions{}, func(runtime.Object) error {
		count++
		return nil
	}))
	if count != want {
		t.Errorf("the pager saw %d of %d", count, want)
	}
}

// TestRetryOnConflict lets eight writers count on one object: no count is lost.
func TestRetryOnConflict(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	configMaps := client.CoreV1().ConfigMaps(namespace)
	_, err := configMaps.Create(t.Context(), followed("counter", ""), metav1.CreateOptions{})
	must(t, err)
	const writers, rounds = 8, 5
	backoff := retry.DefaultBackoff
	backoff.Steps = 50
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			for range rounds {
				err := retry.RetryOnConflict(backoff, func() error {
					found, err := configMaps.Get(t.Context(), "counter", metav1.GetOptions{})
					if err != nil {
						return err
					}
					found.Data["value"] += "|"
					_, err = configMaps.Update(t.Context(), found, metav1.UpdateOptions{})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	found, err := configMaps.Get(t.Context(), "counter", metav1.GetOptions{})
	must(t, err)
	if count := len(found.Data["value"]); count != writers*rounds {
		t.Errorf("%d of %d counts are left", count, writers*rounds)
	}
}

// TestFieldSelectors asks for pods by what the server indexes.
func TestFieldSelectors(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	pods := client.CoreV1().Pods(namespace)
	for index := range 3 {
		pod := sleeper(fmt.Sprintf("p-%d", index))
		pod.Spec.NodeSelector = map[string]string{"nowhere": "to-be-found"}
		_, err := pods.Create(t.Context(), pod, metav1.CreateOptions{})
		must(t, err)
	}
	for selector, want := range map[string]int{"status.phase=Pending": 3, "spec.nodeName=node-1": 0, "metadata.name=p-1": 1, "status.phase!=Pending": 0} {
		list, err := pods.List(t.Context(), metav1.ListOptions{FieldSelector: selector})
		must(t, err)
		if len(list.Items) != want {
			t.Errorf("%s finds %d, not %d", selector, len(list.Items), want)
		}
	}
	if _, err := pods.List(t.Context(), metav1.ListOptions{FieldSelector: "spec.hostname=x"}); err == nil {
		t.Error("a field that is no selector was taken")
	}
}
