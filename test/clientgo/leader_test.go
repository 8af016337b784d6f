package clientgo

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// candidate runs for the lease until its context ends.
type candidate struct {
	name    string
	leading atomic.Bool
	done    chan struct{}
}

func campaign(ctx context.Context, t *testing.T, client kubernetes.Interface, namespace, name string) *candidate {
	t.Helper()
	one := &candidate{name: name, done: make(chan struct{})}
	lock := &resourcelock.LeaseLock{
		LeaseMeta: metav1.ObjectMeta{Namespace: namespace, Name: "the-one"}, Client: client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: name},
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 300 * time.Millisecond, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { one.leading.Store(true) },
			OnStoppedLeading: func() { one.leading.Store(false) },
		},
	})
	must(t, err)
	go func() {
		defer close(one.done)
		elector.Run(ctx)
	}()
	return one
}

// TestLeaderElection: of two candidates one leads, and the other one after it.
func TestLeaderElection(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	context1, resign1 := context.WithCancel(t.Context())
	context2, resign2 := context.WithCancel(t.Context())
	defer resign2()
	first := campaign(context1, t, client, namespace, "first")
	eventually(t, "the first leader", func() error { return isTrue(first.leading.Load(), "leading") })
	second := campaign(context2, t, client, namespace, "second")
	for range 20 {
		if second.leading.Load() {
			t.Fatal("both lead")
		}
		time.Sleep(100 * time.Millisecond)
	}
	resign1()
	<-first.done
	eventually(t, "the second leader", func() error { return isTrue(second.leading.Load(), "leading") })
	lease, err := client.CoordinationV1().Leases(namespace).Get(t.Context(), "the-one", metav1.GetOptions{})
	must(t, err)
	if holder := lease.Spec.HolderIdentity; holder == nil || *holder != "second" || *lease.Spec.LeaseTransitions < 1 {
		t.Errorf("the lease says %+v", lease.Spec)
	}
}
