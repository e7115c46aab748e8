// Quick signer plays cert-manager's approver and issuer in as little time as that can be done: each CertificateRequest is approved and signed
// by one write. In Go as cert-manager is: it shares the machine with what is measured, and a signer in JavaScript would take more of it.
// It says "ready" once it watches, and ends when its standard input does.
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	meta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	"github.com/cert-manager/cert-manager/pkg/client/clientset/versioned"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "of a user who may watch requests and write their status")
	lifetime := flag.Duration("lifetime", 90*24*time.Hour, "of every certificate, whatever is asked for")
	flag.Parse()
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := run(ctx, *kubeconfig, *lifetime); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "quick-signer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig string, lifetime time.Duration) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	// No limit of its own.
	config.QPS = -1
	clients, err := versioned.NewForConfig(config)
	if err != nil {
		return err
	}
	authority, err := newAuthority(lifetime)
	if err != nil {
		return err
	}
	signer := signer{clients: clients, authority: authority}
	for isFirst := true; ctx.Err() == nil; isFirst = false {
		if err := signer.watch(ctx, isFirst); err != nil {
			return err
		}
	}
	return nil
}

type signer struct {
	clients   versioned.Interface
	authority *authority
}

// watch treats all that there is, then all that comes, until the API server ends the watch.
func (s signer) watch(ctx context.Context, isFirst bool) error {
	events, err := s.clients.CertmanagerV1().CertificateRequests("").Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer events.Stop()
	if isFirst {
		fmt.Println("ready")
	}
	for event := range events.ResultChan() {
		request, ok := event.Object.(*certmanager.CertificateRequest)
		if !ok || len(request.Status.Conditions) > 0 || request.DeletionTimestamp != nil || event.Type == "DELETED" {
			continue
		}
		go func() {
			if err := s.treat(ctx, request); err != nil && ctx.Err() == nil && !isOvertaken(err) {
				fmt.Fprintf(os.Stderr, "quick-signer: %s/%s: %v\n", request.Namespace, request.Name, err)
			}
		}()
	}
	return nil
}

// isOvertaken tells whether the request was deleted or changed meanwhile.
func isOvertaken(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsConflict(err)
}

func (s signer) treat(ctx context.Context, request *certmanager.CertificateRequest) error {
	certificate, err := s.authority.sign(request.Spec.Request)
	if err != nil {
		return err
	}
	now := metav1.Now()
	condition := func(kind certmanager.CertificateRequestConditionType, reason string) certmanager.CertificateRequestCondition {
		return certmanager.CertificateRequestCondition{Type: kind, Status: meta.ConditionTrue, Reason: reason, LastTransitionTime: &now}
	}
	request.Status = certmanager.CertificateRequestStatus{
		Conditions: []certmanager.CertificateRequestCondition{
			condition(certmanager.CertificateRequestConditionApproved, "cert-manager.io"),
			condition(certmanager.CertificateRequestConditionReady, certmanager.CertificateRequestReasonIssued),
		},
		Certificate: certificate,
		CA:          s.authority.pem,
	}
	_, err = s.clients.CertmanagerV1().CertificateRequests(request.Namespace).UpdateStatus(ctx, request, metav1.UpdateOptions{})
	return err
}

// authority is a self-signed CA of the run.
type authority struct {
	lifetime    time.Duration
	certificate *x509.Certificate
	pem         []byte
	key         crypto.Signer
}

func newAuthority(lifetime time.Duration) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Quick Signer"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(10 * 365 * 24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &authority{lifetime: lifetime, certificate: certificate, pem: toPEM(der), key: key}, err
}

// sign gives what is asked for, from half a minute ago on: a driver waits for a certificate that begins later.
func (a *authority) sign(requestPEM []byte) ([]byte, error) {
	block, _ := pem.Decode(requestPEM)
	if block == nil {
		return nil, errors.New("the request is not PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	if err := request.CheckSignature(); err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial,
		RawSubject:            request.RawSubject,
		NotBefore:             now.Add(-30 * time.Second),
		NotAfter:              now.Add(a.lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		BasicConstraintsValid: true,
		DNSNames:              request.DNSNames,
		EmailAddresses:        request.EmailAddresses,
		IPAddresses:           request.IPAddresses,
		URIs:                  request.URIs,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, request.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	return toPEM(der), nil
}

func toPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
