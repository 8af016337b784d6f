package clientgo

import (
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/disk"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"
	"k8s.io/kube-openapi/pkg/util/proto"
)

// counted counts the requests of a client.
type counted struct {
	next  http.RoundTripper
	count *atomic.Int64
}

func (c counted) RoundTrip(request *http.Request) (*http.Response, error) {
	c.count.Add(1)
	return c.next.RoundTrip(request)
}

// TestDiscoveryCache: the second reading asks nothing, unless it is told to.
func TestDiscoveryCache(t *testing.T) {
	t.Parallel()
	config := restConfig(t)
	var requests atomic.Int64
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counted{next, &requests} })
	directory := t.TempDir()
	cached, err := disk.NewCachedDiscoveryClientForConfig(config, filepath.Join(directory, "discovery"), filepath.Join(directory, "http"), time.Hour)
	must(t, err)
	groups, resources, err := cached.ServerGroupsAndResources()
	must(t, err)
	if len(groups) < 15 || len(resources) < 20 {
		t.Errorf("%d groups and %d group versions", len(groups), len(resources))
	}
	first := requests.Load()
	_, _, err = cached.ServerGroupsAndResources()
	must(t, err)
	if more := requests.Load() - first; first == 0 || more != 0 {
		t.Errorf("%d requests at first, %d more from the cache", first, more)
	}
	cached.Invalidate()
	_, err = cached.ServerGroups()
	must(t, err)
	if requests.Load() == first {
		t.Error("nothing was asked after invalidation")
	}
	version, err := cached.ServerVersion()
	must(t, err)
	if version.Major != "1" || version.Minor != "35" {
		t.Errorf("the version is %s.%s", version.Major, version.Minor)
	}
}

// TestRESTMapper finds resources by kind, plural and short name.
func TestRESTMapper(t *testing.T) {
	t.Parallel()
	client, err := discovery.NewDiscoveryClientForConfig(restConfig(t))
	must(t, err)
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	expander := restmapper.NewShortcutExpander(mapper, cached, func(string) {})
	for _, row := range []struct {
		asked, group, version, kind string
		scope                       meta.RESTScopeName
	}{
		{"deploy", "apps", "v1", "Deployment", meta.RESTScopeNameNamespace},
		{"pods", "", "v1", "Pod", meta.RESTScopeNameNamespace},
		{"no", "", "v1", "Node", meta.RESTScopeNameRoot},
		{"hpa", "autoscaling", "v2", "HorizontalPodAutoscaler", meta.RESTScopeNameNamespace},
		{"netpol", "networking.k8s.io", "v1", "NetworkPolicy", meta.RESTScopeNameNamespace},
	} {
		kind, err := expander.KindFor(schema.GroupVersionResource{Resource: row.asked})
		must(t, err)
		if want := (schema.GroupVersionKind{Group: row.group, Version: row.version, Kind: row.kind}); kind != want {
			t.Errorf("%s is %s, not %s", row.asked, kind, want)
			continue
		}
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		must(t, err)
		if mapping.Scope.Name() != row.scope {
			t.Errorf("%s has scope %s", row.asked, mapping.Scope.Name())
		}
	}
	if _, err := mapper.RESTMapping(schema.GroupKind{Group: "no.such", Kind: "Thing"}); !meta.IsNoMatchError(err) {
		t.Errorf("an unknown kind: %v", err)
	}
}

// TestOpenAPI reads the index and one document of it.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	client, err := discovery.NewDiscoveryClientForConfig(restConfig(t))
	must(t, err)
	paths, err := client.OpenAPIV3().Paths()
	must(t, err)
	for _, path := range []string{"api/v1", "apis/apps/v1", "apis/batch/v1"} {
		document, found := paths[path]
		if !found {
			t.Errorf("%s is not in the index", path)
			continue
		}
		text, err := document.Schema("application/com.github.proto-openapi.spec.v3@v1.0+protobuf")
		must(t, err)
		if len(text) < 10_000 {
			t.Errorf("%s holds %d bytes", path, len(text))
		}
	}
	expectModels(t, client)
}

// expectModels reads version 2 as kubectl does: every definition is understood, and the types refer to each other.
func expectModels(t *testing.T, client *discovery.DiscoveryClient) {
	t.Helper()
	document, err := client.OpenAPISchema()
	must(t, err)
	models, err := proto.NewOpenAPIData(document)
	must(t, err)
	deployment, ok := models.LookupModel("io.k8s.api.apps.v1.Deployment").(*proto.Kind)
	if !ok || !slices.Contains(deployment.Keys(), "spec") {
		t.Fatalf("among %d models is no Deployment with a spec", len(models.ListModels()))
	}
	kinds, _ := deployment.GetExtensions()["x-kubernetes-group-version-kind"].([]any)
	if len(kinds) != 1 {
		t.Errorf("a Deployment is of %v", deployment.GetExtensions())
	}
	container, ok := models.LookupModel("io.k8s.api.core.v1.Container").(*proto.Kind)
	if !ok || len(container.RequiredFields) == 0 || container.Fields["ports"].(*proto.Array).GetExtensions()["x-kubernetes-patch-merge-key"] != "containerPort" {
		t.Errorf("a Container is %+v", container)
	}
}
