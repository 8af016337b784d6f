package clientgo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

type contextType = context.Context

// recorder takes what a check reports, instead of the test.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}
func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// failuresOf runs a check that may end its goroutine.
func failuresOf(t *testing.T, check func(testing.TB)) []string {
	t.Helper()
	record := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(record)
	}()
	<-done
	return record.failures
}

// liar changes the bodies of answers on their way.
type liar struct {
	next     http.RoundTripper
	from, to string
	changed  int
}

func (l *liar) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := l.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil {
		return nil, err
	}
	lie := bytes.ReplaceAll(body, []byte(l.from), []byte(l.to))
	if !bytes.Equal(lie, body) {
		l.changed++
	}
	answer.Body = io.NopCloser(bytes.NewReader(lie))
	answer.ContentLength = int64(len(lie))
	answer.Header.Del("Content-Length")
	return answer, nil
}

// TestLiesAreCaught sees that the comparison notices an answer that is wrong in one place only.
func TestLiesAreCaught(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t)
	created, err := typedClient(t).AppsV1().Deployments(namespace).Create(t.Context(), richDeployment("truth"), metav1.CreateOptions{})
	must(t, err)
	for _, row := range []struct{ name, contentType, from, to string }{
		{"nothing", jsonType, "never said", "never"},
		{"a port in JSON", jsonType, `"containerPort":8080`, `"containerPort":8081`},
		{"an annotation in JSON", jsonType, `"empty":""`, `"empty":"x"`},
		{"a percentage in protobuf", protobufType, "25%", "26%"},
		{"a quantity in protobuf", protobufType, "150m", "151m"},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := speaking(restConfig(t), row.contentType)
			var lie *liar
			config.Wrap(func(next http.RoundTripper) http.RoundTripper {
				lie = &liar{next: next, from: row.from, to: row.to}
				return lie
			})
			failures := failuresOf(t, func(tb testing.TB) { expectSame(tb, deploymentsOf(t, config, namespace), created) })
			if told := lie.changed > 0; told != (len(failures) > 0) {
				t.Errorf("%d answers were changed, and the failures are %v", lie.changed, failures)
			}
			if row.name != "nothing" && lie.changed == 0 {
				t.Errorf("no answer held %q", row.from)
			}
		})
	}
}

func deploymentsOf(t *testing.T, config *rest.Config, namespace string) getter {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	must(t, err)
	return client.AppsV1().Deployments(namespace)
}
