package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	asJSON  = "application/json"
	asMerge = "application/merge-patch+json"
)

// fill creates namespaces with pods in them: about 4 kB each as a list shows them.
func fill(t *target, args []string) (figures, error) {
	set := t.flags("fill")
	prefix := set.String("prefix", "scale", "names of the namespaces begin so")
	namespaces := set.Int("namespaces", 100, "namespaces")
	pods := set.Int("pods", 100_000, "pods, spread over the namespaces")
	workers := set.Int("workers", 32, "concurrent requests")
	_ = set.Parse(args)
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	err = parallel(*namespaces, *workers, func(i int) error { return t.makeNamespace(c, fmt.Sprintf("%s-%d", *prefix, i)) })
	if err != nil {
		return nil, err
	}
	began := time.Now()
	err = parallel(*pods, *workers, func(i int) error {
		namespace := fmt.Sprintf("%s-%d", *prefix, i%*namespaces)
		_, err := t.must(201, c, "POST", "/api/v1/namespaces/"+namespace+"/pods", asJSON, podOf(namespace, i))
		return err
	})
	if err != nil {
		return nil, err
	}
	return figures{"fill_per_s": float64(*pods) / time.Since(began).Seconds()}, nil
}

// makeNamespace makes one in which pods may be made.
func (t *target) makeNamespace(c *http.Client, name string) error {
	body := fmt.Sprintf(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":%q}}`, name)
	if _, err := t.must(201, c, "POST", "/api/v1/namespaces", asJSON, []byte(body)); err != nil {
		return err
	}
	// No controller runs here that would make it; pods are not admitted without.
	account := `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}`
	_, err := t.must(201, c, "POST", "/api/v1/namespaces/"+name+"/serviceaccounts", asJSON, []byte(account))
	return err
}

func podOf(namespace string, i int) []byte {
	return []byte(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"shop-%06d","namespace":%q,
"labels":{"app":"shop-%d","tier":"web","pod-template-hash":"7c9f8d6b54"},
"annotations":{"scale.example.com/team":"team-%d","scale.example.com/note":"what people write beside their pods"}},
"spec":{"nodeName":"node-%d","serviceAccountName":"default","automountServiceAccountToken":false,
"containers":[{"name":"shop","image":"registry.example.com/shop/web:2.14.0","args":["--listen=:8080","--workers=4"],
"ports":[{"name":"http","containerPort":8080}],
"env":[{"name":"REGION","value":"north"},{"name":"POD_IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}],
"resources":{"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"memory":"512Mi"}},
"readinessProbe":{"httpGet":{"path":"/ready","port":"http"},"periodSeconds":5},
"livenessProbe":{"httpGet":{"path":"/healthz","port":"http"}},
"volumeMounts":[{"name":"cache","mountPath":"/var/cache/shop"},{"name":"settings","mountPath":"/etc/shop"}]},
{"name":"proxy","image":"registry.example.com/mesh/proxy:1.8","resources":{"requests":{"cpu":"20m","memory":"40Mi"}}}],
"tolerations":[{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":60}],
"volumes":[{"name":"cache","emptyDir":{}},{"name":"settings","configMap":{"name":"shop"}}]}}`,
		i, namespace, i%500, i%20, i%1000))
}

// sliceOf is what every node watches: the addresses behind a Service.
func sliceOf(namespace string, i int) []byte {
	endpoints := make([]string, 4)
	for n := range endpoints {
		endpoints[n] = fmt.Sprintf(`{"addresses":["10.%d.%d.%d"],"nodeName":"node-%d","conditions":{"ready":true}}`,
			i/250, i%250, n+1, n)
	}
	return []byte(fmt.Sprintf(`{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice",
"metadata":{"name":"shop-%d","namespace":%q,"labels":{"kubernetes.io/service-name":"shop-%d"},"annotations":{"scale-stamp":""}},
"addressType":"IPv4","ports":[{"name":"http","port":8080,"protocol":"TCP"}],"endpoints":[%s]}`,
		i, namespace, i, strings.Join(endpoints, ",")))
}
