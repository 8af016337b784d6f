package clientgo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

type dialer func(t *testing.T, request *rest.Request) remotecommand.Executor

var executors = map[string]dialer{
	"WebSocket": func(t *testing.T, request *rest.Request) remotecommand.Executor {
		executor, err := remotecommand.NewWebSocketExecutor(restConfig(t), http.MethodGet, request.URL().String())
		must(t, err)
		return executor
	},
	"SPDY": func(t *testing.T, request *rest.Request) remotecommand.Executor {
		executor, err := remotecommand.NewSPDYExecutor(restConfig(t), http.MethodPost, request.URL())
		must(t, err)
		return executor
	},
}

func execRequest(client kubernetes.Interface, namespace string, options corev1.PodExecOptions) *rest.Request {
	return client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name("main").SubResource("exec").
		VersionedParams(&options, scheme.ParameterCodec)
}

// sizes tells one size of a terminal, then nothing more.
type sizes struct {
	once chan remotecommand.TerminalSize
}

func (s sizes) Next() *remotecommand.TerminalSize {
	size, open := <-s.once
	if !open {
		return nil
	}
	return &size
}

// TestRemoteCommand: output, input, exit codes and terminals, over both protocols.
func TestRemoteCommand(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	runPod(t, client, namespace, sleeper("main"))
	for name, dial := range executors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			t.Run("both outputs and the exit code", func(t *testing.T) {
				var stdout, stderr bytes.Buffer
				options := corev1.PodExecOptions{Command: []string{"sh", "-c", "echo out; echo err >&2; exit 7"}, Stdout: true, Stderr: true}
				err := dial(t, execRequest(client, namespace, options)).StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &stdout, Stderr: &stderr})
				if code, ok := err.(exec.CodeExitError); !ok || code.Code != 7 || stdout.String() != "out\n" || stderr.String() != "err\n" {
					t.Errorf("error %v, output %q, errors %q", err, &stdout, &stderr)
				}
			})
			t.Run("a megabyte in and out", func(t *testing.T) {
				input := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
				var stdout bytes.Buffer
				options := corev1.PodExecOptions{Command: []string{"cat"}, Stdin: true, Stdout: true}
				must(t, dial(t, execRequest(client, namespace, options)).StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: bytes.NewReader(input), Stdout: &stdout}))
				if !bytes.Equal(stdout.Bytes(), input) {
					t.Errorf("%d of %d bytes came back", stdout.Len(), len(input))
				}
			})
			t.Run("a terminal of a size", func(t *testing.T) {
				expectTerminal(ctx, t, dial(t, execRequest(client, namespace, corev1.PodExecOptions{
					Command: []string{"sh", "-c", "until stty size | grep -q '31 97'; do sleep 0.1; done; echo sized"}, Stdin: true, Stdout: true, TTY: true,
				})))
			})
			t.Run("no such program", func(t *testing.T) {
				options := corev1.PodExecOptions{Command: []string{"/no/such/program"}, Stdout: true}
				err := dial(t, execRequest(client, namespace, options)).StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: io.Discard})
				if err == nil || !strings.Contains(err.Error(), "no such file") {
					t.Errorf("it ended with %v", err)
				}
			})
		})
	}
}

func expectTerminal(ctx context.Context, t *testing.T, executor remotecommand.Executor) {
	t.Helper()
	var stdout bytes.Buffer
	queue := sizes{make(chan remotecommand.TerminalSize, 1)}
	queue.once <- remotecommand.TerminalSize{Width: 97, Height: 31}
	input, end := io.Pipe()
	defer end.Close()
	must(t, executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: input, Stdout: &stdout, Tty: true, TerminalSizeQueue: queue}))
	close(queue.once)
	if !strings.Contains(stdout.String(), "sized\r\n") {
		t.Errorf("the terminal said %q", &stdout)
	}
}

// TestPortForward fetches a page twice through one forwarding, over both protocols.
func TestPortForward(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	pod := sleeper("web")
	pod.Spec.Containers[0].Command = []string{"sh", "-c", "mkdir /page && echo it works > /page/index.html && exec httpd -f -p 8080 -h /page"}
	runPod(t, client, namespace, pod)
	url := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name("web").SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(restConfig(t))
	must(t, err)
	overSPDY := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url)
	overWebSocket, err := portforward.NewSPDYOverWebsocketDialer(url, restConfig(t))
	must(t, err)
	t.Run("SPDY", func(t *testing.T) { expectForwarded(t, overSPDY) })
	t.Run("WebSocket", func(t *testing.T) { expectForwarded(t, overWebSocket) })
}

func expectForwarded(t *testing.T, dial httpstream.Dialer) {
	stop, ready := make(chan struct{}), make(chan struct{})
	var messages bytes.Buffer
	forwarder, err := portforward.NewOnAddresses(dial, []string{"127.0.0.1"}, []string{"0:8080"}, stop, ready, io.Discard, &messages)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("it ended with %v", err)
	case <-time.After(within):
		t.Fatal("it was never ready")
	}
	ports, err := forwarder.GetPorts()
	must(t, err)
	address := net.JoinHostPort("127.0.0.1", fmt.Sprint(ports[0].Local))
	// A connection each: the second shows that the first took nothing with it.
	page := &http.Client{Timeout: within, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 2 {
		eventually(t, "the page", func() error {
			answer, err := page.Get("http://" + address + "/")
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err == nil && string(text) != "it works\n" {
				err = fmt.Errorf("the page is %q", text)
			}
			return err
		})
	}
	close(stop)
	must(t, <-ended)
	if messages.Len() > 0 {
		t.Errorf("it complained: %s", &messages)
	}
}

// TestLogs follows a log to its end and asks for parts of it.
func TestLogs(t *testing.T) {
	t.Parallel()
	client := typedClient(t)
	namespace := newNamespace(t)
	pod := sleeper("talker")
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	pod.Spec.Containers[0].Command = []string{"sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.2; done"}
	startPod(t, client, namespace, pod)
	read := func(options corev1.PodLogOptions) string {
		t.Helper()
		stream, err := client.CoreV1().Pods(namespace).GetLogs("talker", &options).Stream(t.Context())
		must(t, err)
		defer stream.Close()
		text, err := io.ReadAll(stream)
		must(t, err)
		return string(text)
	}
	if text := read(corev1.PodLogOptions{Follow: true}); text != "line 1\nline 2\nline 3\n" {
		t.Errorf("followed: %q", text)
	}
	two, five := int64(2), int64(5)
	if text := read(corev1.PodLogOptions{TailLines: &two}); text != "line 2\nline 3\n" {
		t.Errorf("the tail: %q", text)
	}
	if text := read(corev1.PodLogOptions{LimitBytes: &five}); text != "line " {
		t.Errorf("five bytes: %q", text)
	}
	if text := read(corev1.PodLogOptions{Timestamps: true, TailLines: &two}); strings.Count(text, "T") != 2 || !strings.HasSuffix(text, "Z line 3\n") {
		t.Errorf("with times: %q", text)
	}
}
