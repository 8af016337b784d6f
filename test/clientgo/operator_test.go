package clientgo

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

var widgetVersion = schema.GroupVersion{Group: "clientgo.kubets.dev", Version: "v1"}

const widgetFinalizer = "clientgo.kubets.dev/cleanup"

// Widget is the operator's own kind: it becomes a config map of the same name.
type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              WidgetSpec   `json:"spec"`
	Status            WidgetStatus `json:"status,omitempty"`
}

type WidgetSpec struct {
	Text string `json:"text"`
	Size int32  `json:"size,omitempty"`
}

type WidgetStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Widget `json:"items"`
}

func (w *Widget) DeepCopyObject() runtime.Object {
	copied := *w
	copied.ObjectMeta = *w.ObjectMeta.DeepCopy()
	copied.Status.Conditions = append([]metav1.Condition(nil), w.Status.Conditions...)
	return &copied
}

func (l *WidgetList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.Items = nil
	for index := range l.Items {
		copied.Items = append(copied.Items, *l.Items[index].DeepCopyObject().(*Widget))
	}
	return &copied
}

func widgetDefinition() *apiextensionsv1.CustomResourceDefinition {
	one := 1.0
	text := apiextensionsv1.JSONSchemaProps{Type: "string", MinLength: &[]int64{1}[0]}
	size := apiextensionsv1.JSONSchemaProps{Type: "integer", Format: "int32", Minimum: &one, Default: &apiextensionsv1.JSON{Raw: []byte("3")}}
	yes := true
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets." + widgetVersion.Group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: widgetVersion.Group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "widgets", Singular: "widget", Kind: "Widget", ListKind: "WidgetList"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: widgetVersion.Version, Served: true, Storage: true,
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", Required: []string{"spec"},
					Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec":   {Type: "object", Required: []string{"text"}, Properties: map[string]apiextensionsv1.JSONSchemaProps{"text": text, "size": size}},
						"status": {Type: "object", XPreserveUnknownFields: &yes},
					},
				}},
			}},
		},
	}
}

// operator makes the config map, says so in the status, and removes a marker before the widget may go.
type operator struct {
	client client.Client
}

func (o *operator) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var widget Widget
	if err := o.client.Get(ctx, request.NamespacedName, &widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !widget.DeletionTimestamp.IsZero() {
		marker := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: widget.Name + "-cleaned", Namespace: widget.Namespace}}
		if err := o.client.Create(ctx, marker); err != nil && !apierrors.IsAlreadyExists(err) {
			return ctrl.Result{}, err
		}
		controllerutil.RemoveFinalizer(&widget, widgetFinalizer)
		return ctrl.Result{}, client.IgnoreNotFound(o.client.Update(ctx, &widget))
	}
	if controllerutil.AddFinalizer(&widget, widgetFinalizer) {
		return ctrl.Result{}, o.client.Update(ctx, &widget)
	}
	made := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: widget.Name, Namespace: widget.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, o.client, made, func() error {
		made.Data = map[string]string{"text": strings.Repeat(widget.Spec.Text, int(widget.Spec.Size))}
		return controllerutil.SetControllerReference(&widget, made, o.client.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	base := widget.DeepCopyObject().(*Widget)
	widget.Status.ObservedGeneration = widget.Generation
	widget.Status.Conditions = []metav1.Condition{{Type: "Made", Status: metav1.ConditionTrue, Reason: "Done", Message: "", LastTransitionTime: metav1.Unix(1, 0)}}
	return ctrl.Result{}, o.client.Status().Patch(ctx, &widget, client.MergeFrom(base))
}

// widgetHook fills in an annotation and refuses one text.
type widgetHook struct{}

func (widgetHook) Default(_ context.Context, widget *Widget) error {
	if widget.Annotations == nil {
		widget.Annotations = map[string]string{}
	}
	widget.Annotations["defaulted"] = "by the webhook"
	return nil
}

func (widgetHook) check(widget *Widget) (admission.Warnings, error) {
	if widget.Spec.Text == "forbidden" {
		return admission.Warnings{"think again"}, errors.New("this text is not wanted")
	}
	return nil, nil
}

func (h widgetHook) ValidateCreate(_ context.Context, widget *Widget) (admission.Warnings, error) {
	return h.check(widget)
}
func (h widgetHook) ValidateUpdate(_ context.Context, _, widget *Widget) (admission.Warnings, error) {
	return h.check(widget)
}
func (widgetHook) ValidateDelete(context.Context, *Widget) (admission.Warnings, error) {
	return nil, nil
}

// writeServingPair makes a certificate for 127.0.0.1 that is its own authority, which it returns.
func writeServingPair(t *testing.T, directory string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "webhook"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	must(t, os.WriteFile(filepath.Join(directory, "tls.crt"), certificate, 0o600))
	must(t, os.WriteFile(filepath.Join(directory, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), 0o600))
	return certificate
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// startOperator runs the manager until the test ends; returns where its webhook listens, and its authority.
func startOperator(t *testing.T, scheme *runtime.Scheme, namespace string) (int, []byte) {
	t.Helper()
	log.SetLogger(logr.Discard())
	directory, port := t.TempDir(), freePort(t)
	authority := writeServingPair(t, directory)
	manager, err := ctrl.NewManager(restConfig(t), ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		LeaderElection: true, LeaderElectionID: "widgets", LeaderElectionNamespace: namespace, LeaderElectionReleaseOnCancel: true,
		WebhookServer: webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: directory}),
	})
	must(t, err)
	must(t, ctrl.NewControllerManagedBy(manager).For(&Widget{}).Owns(&corev1.ConfigMap{}).Complete(&operator{manager.GetClient()}))
	must(t, ctrl.NewWebhookManagedBy(manager, &Widget{}).WithDefaulter(widgetHook{}).WithValidator(widgetHook{}).Complete())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- manager.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the manager ended with %v", err)
		}
	})
	eventually(t, "the webhook", func() error {
		return manager.GetWebhookServer().StartedChecker()(nil)
	})
	return port, authority
}

// registerHooks sends this namespace's widgets to the webhook.
func registerHooks(t *testing.T, admin client.Client, namespace string, port int, authority []byte) {
	t.Helper()
	base := fmt.Sprintf("https://127.0.0.1:%d", port)
	mutate, validate := base+"/mutate-clientgo-kubets-dev-v1-widget", base+"/validate-clientgo-kubets-dev-v1-widget"
	none := admissionregistrationv1.SideEffectClassNone
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}}
	rules := []admissionregistrationv1.RuleWithOperations{{
		Operations: []admissionregistrationv1.OperationType{"CREATE", "UPDATE"},
		Rule:       admissionregistrationv1.Rule{APIGroups: []string{widgetVersion.Group}, APIVersions: []string{"v1"}, Resources: []string{"widgets"}},
	}}
	mutating := &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets-" + namespace},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "default." + widgetVersion.Group, Rules: rules, SideEffects: &none, AdmissionReviewVersions: []string{"v1"}, NamespaceSelector: selector,
			ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &mutate, CABundle: authority},
		}},
	}
	validating := &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets-" + namespace},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "check." + widgetVersion.Group, Rules: rules, SideEffects: &none, AdmissionReviewVersions: []string{"v1"}, NamespaceSelector: selector,
			ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &validate, CABundle: authority},
		}},
	}
	for _, configuration := range []client.Object{mutating, validating} {
		must(t, admin.Create(t.Context(), configuration))
		t.Cleanup(func() { _ = admin.Delete(context.Background(), configuration) })
	}
}

// TestOperator runs a controller-runtime manager: a kind of its own, a finalizer, a status, an owner, webhooks, a lease.
func TestOperator(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	must(t, clientscheme.AddToScheme(scheme))
	must(t, apiextensionsv1.AddToScheme(scheme))
	scheme.AddKnownTypes(widgetVersion, &Widget{}, &WidgetList{})
	metav1.AddToGroupVersion(scheme, widgetVersion)
	admin, err := client.New(restConfig(t), client.Options{Scheme: scheme})
	must(t, err)
	namespace := newNamespace(t)
	installWidgets(t, admin)
	port, authority := startOperator(t, scheme, namespace)
	registerHooks(t, admin, namespace, port, authority)
	place := func(name, text string) *Widget {
		return &Widget{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Spec: WidgetSpec{Text: text}}
	}
	// The API server learns of a webhook soon, not at once.
	eventually(t, "the refusal", func() error {
		err := admin.Create(t.Context(), place("unwanted", "forbidden"), client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), `admission webhook "check.clientgo.kubets.dev" denied the request: this text is not wanted`) {
			return fmt.Errorf("answered %v", err)
		}
		return nil
	})
	widget := place("first", "ab")
	must(t, admin.Create(t.Context(), widget))
	if widget.Annotations["defaulted"] == "" || widget.Spec.Size != 3 {
		t.Errorf("defaults are missing: %+v", widget)
	}
	expectMade(t, admin, widget, "ababab")
	eventually(t, "the change", func() error {
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(widget), widget); err != nil {
			return err
		}
		widget.Spec.Text = "x"
		return admin.Update(t.Context(), widget)
	})
	expectMade(t, admin, widget, "xxx")
	// What is owned and lost is made again.
	must(t, admin.Delete(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "first", Namespace: namespace}}))
	expectMade(t, admin, widget, "xxx")
	must(t, admin.Delete(t.Context(), widget))
	expectCleaned(t, admin, widget)
	if err := admin.Create(t.Context(), place("empty", "")); !apierrors.IsInvalid(err) {
		t.Errorf("an empty text: %v", err)
	}
}

func installWidgets(t *testing.T, admin client.Client) {
	t.Helper()
	definition := widgetDefinition()
	must(t, admin.Create(t.Context(), definition))
	t.Cleanup(func() { _ = admin.Delete(context.Background(), definition) })
	eventually(t, "the definition", func() error {
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(definition), definition); err != nil {
			return err
		}
		for _, condition := range definition.Status.Conditions {
			if condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue {
				return admin.List(t.Context(), &WidgetList{})
			}
		}
		return fmt.Errorf("conditions are %v", definition.Status.Conditions)
	})
}

func expectMade(t *testing.T, admin client.Client, widget *Widget, text string) {
	t.Helper()
	eventually(t, "what the operator makes", func() error {
		var made corev1.ConfigMap
		var found Widget
		if err := errors.Join(admin.Get(t.Context(), client.ObjectKeyFromObject(widget), &made), admin.Get(t.Context(), client.ObjectKeyFromObject(widget), &found)); err != nil {
			return err
		}
		if made.Data["text"] != text || !metav1.IsControlledBy(&made, &found) || found.Status.ObservedGeneration != found.Generation {
			return fmt.Errorf("it made %v of generation %d at %d", made.Data, found.Generation, found.Status.ObservedGeneration)
		}
		return nil
	})
}

// expectCleaned: the finalizer ran before the widget went, and the garbage collector took what it owned.
func expectCleaned(t *testing.T, admin client.Client, widget *Widget) {
	t.Helper()
	key := client.ObjectKeyFromObject(widget)
	eventually(t, "the end of the widget and of what it made", func() error {
		for _, object := range []client.Object{&Widget{}, &corev1.ConfigMap{}} {
			if err := admin.Get(t.Context(), key, object); !apierrors.IsNotFound(err) {
				return fmt.Errorf("%T: %v", object, err)
			}
		}
		return nil
	})
	key.Name += "-cleaned"
	must(t, admin.Get(t.Context(), key, &corev1.ConfigMap{}))
}
