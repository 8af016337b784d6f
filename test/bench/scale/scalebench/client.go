package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// tlsConfig is of who may do everything.
func (t *target) tlsConfig() (*tls.Config, error) {
	pem, err := os.ReadFile(t.ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	own, err := tls.LoadX509KeyPair(t.cert, t.key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{own}, NextProtos: []string{"h2"}}, nil
}

// client speaks HTTP/2 as Go's own clients do. compressed: lists come as client-go asks for them.
func (t *target) client(compressed bool) (*http.Client, error) {
	config, err := t.tlsConfig()
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: config, ForceAttemptHTTP2: true, DisableCompression: !compressed, MaxIdleConnsPerHost: 64,
	}}, nil
}

// do sends a request and reads the whole answer.
func (t *target) do(c *http.Client, method, path, contentType string, body []byte) (int, []byte, error) {
	request, err := http.NewRequest(method, t.server+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// must is do for an answer that has to have the code.
func (t *target) must(code int, c *http.Client, method, path, contentType string, body []byte) ([]byte, error) {
	got, answer, err := t.do(c, method, path, contentType, body)
	if err == nil && got != code {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, got, answer)
	}
	return answer, err
}

// parallel runs n pieces of work by some workers and returns the first error.
func parallel(n, workers int, work func(i int) error) error {
	var next atomic.Int64
	var first atomic.Pointer[error]
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for first.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := work(i); err != nil {
					first.CompareAndSwap(nil, &err)
				}
			}
		}()
	}
	group.Wait()
	if err := first.Load(); err != nil {
		return *err
	}
	return nil
}

// times is a histogram with a bucket a tenth of a millisecond, up to a minute; anybody may add.
type times struct {
	buckets [600_000]atomic.Uint32
	count   atomic.Int64
	longest atomic.Int64
}

func (t *times) add(d time.Duration) {
	at := min(max(int64(d/(100*time.Microsecond)), 0), int64(len(t.buckets)-1))
	t.buckets[at].Add(1)
	t.count.Add(1)
	for {
		known := t.longest.Load()
		if int64(d) <= known || t.longest.CompareAndSwap(known, int64(d)) {
			return
		}
	}
}

// quantileMs is the upper edge of the bucket in which the quantile is.
func (t *times) quantileMs(q float64) float64 {
	left := int64(float64(t.count.Load()) * q)
	for i := range t.buckets {
		left -= int64(t.buckets[i].Load())
		if left < 0 {
			return float64(i+1) / 10
		}
	}
	return -1
}

func (t *times) maxMs() float64 { return float64(t.longest.Load()) / 1e6 }
