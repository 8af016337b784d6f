package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

var client *http.Client

func connect() {
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(*caFile)
	must(err)
	pool.AppendCertsFromPEM(ca)
	pair, err := tls.LoadX509KeyPair(*certFile, *keyFile)
	must(err)
	config := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}
	client = &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, DisableCompression: true}}
}

// refused counts the requests that a server put off with 429.
var refused int64

// call ends the program when the answer's code is none of those expected. A server may put a request off, and is asked
// again a second later as other clients do it; the report tells how often.
func call(method, path, body, contentType string, codes ...int) []byte {
	for try := 0; try < 10; try++ {
		code, answer := send(method, path, body, contentType)
		if code == http.StatusTooManyRequests {
			atomic.AddInt64(&refused, 1)
			time.Sleep(time.Second)
			continue
		}
		for _, expected := range codes {
			if code == expected {
				return answer
			}
		}
		fail("%s %s: unexpected %d: %.400s", method, path, code, answer)
	}
	fail("%s %s: put off again and again", method, path)
	return nil
}

func send(method, path, body, contentType string) (int, []byte) {
	req, err := http.NewRequest(method, *server+path, bytes.NewReader([]byte(body)))
	must(err)
	if body != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	must(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(err)
	return resp.StatusCode, answer
}

func create(path, body string) { call("POST", path, body, "application/json", 201, 409) }

func patch(path, body string) { call("PATCH", path, body, "application/merge-patch+json", 200) }

// parallel runs f for 0 … n-1 with the given number of workers.
func parallel(n int, f func(i int)) {
	var next int64 = -1
	var all sync.WaitGroup
	for w := 0; w < *workers; w++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				i := int(atomic.AddInt64(&next, 1))
				if i >= n {
					return
				}
				f(i)
			}
		}()
	}
	all.Wait()
}
