package clientgo

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// follower keeps what an informer's handlers were told: name to value.
type follower struct {
	mutex   sync.Mutex
	seen    map[string]string
	deletes int
}

func (f *follower) set(object any) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	configMap := object.(*corev1.ConfigMap)
	f.seen[configMap.Name] = configMap.Data["value"]
}

func (f *follower) remove(object any) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	delete(f.seen, object.(*corev1.ConfigMap).Name)
	f.deletes++
}

func (f *follower) snapshot() map[string]string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return maps.Clone(f.seen)
}

// follow runs a shared informer of the config maps that carry a value.
func follow(t *testing.T, client kubernetes.Interface, namespace string) (*follower, listers.ConfigMapLister) {
	t.Helper()
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "followed" }))
	configMaps := factory.Core().V1().ConfigMaps()
	found := &follower{seen: map[string]string{}}
	_, err := configMaps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: found.set, UpdateFunc: func(_, object any) { found.set(object) }, DeleteFunc: found.remove,
	})
	must(t, err)
	factory.Start(t.Context().Done())
	for _, synced := range factory.WaitForCacheSync(t.Context().Done()) {
		if !synced {
			t.Fatal("the informer did not sync")
		}
	}
	return found, configMaps.Lister()
}

func followed(name, value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"followed": ""}},
		Data:       map[string]string{"value": value},
	}
}

// expectFollowed waits until handlers, store and server agree with want.
func expectFollowed(t *testing.T, found *follower, lister listers.ConfigMapLister, want map[string]string) {
	t.Helper()
	eventually(t, "the informer", func() error {
		objects, err := lister.List(labels.Everything())
		if err != nil {
			return err
		}
		stored := map[string]string{}
		for _, object := range objects {
			stored[object.Name] = object.Data["value"]
		}
		if told := found.snapshot(); !maps.Equal(told, want) || !maps.Equal(stored, want) {
			return fmt.Errorf("handlers know %v, the store %v, not %v", told, stored, want)
		}
		return nil
	})
}

// TestInformerThroughRestartAndCompaction is first and alone: it kills the API server, and forgets the store's past.
func TestInformerThroughRestartAndCompaction(t *testing.T) {
	client := typedClient(t)
	namespace := newNamespace(t)
	write := client.CoreV1().ConfigMaps(namespace)
	create := func(name, value string) *corev1.ConfigMap {
		created, err := write.Create(t.Context(), followed(name, value), metav1.CreateOptions{})
		must(t, err)
		return created
	}
	oldest := create("before", "1")
	create("goes", "1")
	found, lister := follow(t, client, namespace)
	expectFollowed(t, found, lister, map[string]string{"before": "1", "goes": "1"})
	for round := range 3 {
		// While the server is away, somebody else's writes reach the store as soon as it is back.
		restartApiServer(t)
		compact(t)
		create(fmt.Sprintf("after-%d", round), "1")
		_, err := write.Patch(t.Context(), "before", types.MergePatchType, fmt.Appendf(nil, `{"data":{"value":"round %d"}}`, round), metav1.PatchOptions{})
		must(t, err)
	}
	must(t, write.Delete(t.Context(), "goes", metav1.DeleteOptions{}))
	want := map[string]string{"before": "round 2", "after-0": "1", "after-1": "1", "after-2": "1"}
	expectFollowed(t, found, lister, want)
	if found.deletes != 1 {
		t.Errorf("%d deletions were told, not 1", found.deletes)
	}
	compact(t)
	// The watch cache remembers what etcd forgot; a server that starts now does not.
	restartApiServer(t)
	expectExpired(t, client, namespace, oldest.ResourceVersion)
	expectFollowed(t, found, lister, want)
}

// expectExpired: neither a watch nor an exact list from a revision that is forgotten.
func expectExpired(t *testing.T, client kubernetes.Interface, namespace, revision string) {
	t.Helper()
	read := client.CoreV1().ConfigMaps(namespace)
	watcher, err := read.Watch(t.Context(), metav1.ListOptions{ResourceVersion: revision})
	if err == nil {
		defer watcher.Stop()
		event := <-watcher.ResultChan()
		if event.Type != watch.Error {
			t.Fatalf("a watch from the forgotten revision %s told %s", revision, event.Type)
		}
		err = apierrors.FromObject(event.Object)
	}
	if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		t.Errorf("a watch from the forgotten revision %s: %v", revision, err)
	}
	exact := metav1.ListOptions{ResourceVersion: revision, ResourceVersionMatch: metav1.ResourceVersionMatchExact}
	if _, err := read.List(t.Context(), exact); !apierrors.IsResourceExpired(err) {
		t.Errorf("a list of exactly the forgotten revision %s: %v", revision, err)
	}
}

// TestWatchList reads a list as a watch: every object, then the bookmark that says so, then what happens.
func TestWatchList(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	write := client.CoreV1().ConfigMaps(namespace)
	for index := range 7 {
		_, err := write.Create(t.Context(), followed(fmt.Sprintf("item-%d", index), "1"), metav1.CreateOptions{})
		must(t, err)
	}
	yes := true
	watcher, err := write.Watch(t.Context(), metav1.ListOptions{
		SendInitialEvents: &yes, AllowWatchBookmarks: true, LabelSelector: "followed",
		ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	must(t, err)
	defer watcher.Stop()
	var names []string
	for event := range watcher.ResultChan() {
		object := event.Object.(*corev1.ConfigMap)
		if event.Type == watch.Bookmark && object.Annotations[metav1.InitialEventsAnnotationKey] == "true" {
			if object.ResourceVersion == "" {
				t.Error("the bookmark has no resourceVersion")
			}
			break
		}
		if event.Type != watch.Added {
			t.Fatalf("%s among the initial events", event.Type)
		}
		names = append(names, object.Name)
	}
	slices.Sort(names)
	if want := "[item-0 item-1 item-2 item-3 item-4 item-5 item-6]"; fmt.Sprint(names) != want {
		t.Errorf("initial events of %v", names)
	}
	_, err = write.Create(t.Context(), followed("later", "1"), metav1.CreateOptions{})
	must(t, err)
	expectEvent(t, watcher, watch.Added, "later")
}
