package clientgo

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// compact forgets every revision of the store before the present one.
func compact(t testing.TB) {
	t.Helper()
	list, err := typedClient(t).CoreV1().ConfigMaps("default").List(t.Context(), metav1.ListOptions{})
	must(t, err)
	// int64 in etcd's JSON is a string.
	body, err := json.Marshal(map[string]any{"revision": list.ResourceVersion, "physical": true})
	must(t, err)
	answer, err := etcdClient(t).Post(etcdURL(t)+"/v3/kv/compaction", jsonType, bytes.NewReader(body))
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("compact to %s: %s: %s", list.ResourceVersion, answer.Status, text)
	}
}

func etcdURL(t testing.TB) string {
	t.Helper()
	cluster, err := theCluster()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(cluster.dataDir, "cluster.json"))
	must(t, err)
	var config struct{ EtcdPort int }
	must(t, json.Unmarshal(text, &config))
	return fmt.Sprintf("https://localhost:%d", config.EtcdPort)
}

func etcdClient(t testing.TB) *http.Client {
	t.Helper()
	cluster, err := theCluster()
	must(t, err)
	pki := filepath.Join(cluster.dataDir, "pki", "etcd")
	pair, err := tls.LoadX509KeyPair(filepath.Join(pki, "client.crt"), filepath.Join(pki, "client.key"))
	must(t, err)
	ca, err := os.ReadFile(filepath.Join(pki, "ca.crt"))
	must(t, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("etcd's authority holds no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}
