package main

import (
	"context"
	"flag"

	"github.com/cert-manager/cert-manager/internal/apis/config/shared"
	config "github.com/cert-manager/cert-manager/internal/apis/config/webhook"
	"github.com/cert-manager/cert-manager/internal/webhook"
	"github.com/cert-manager/cert-manager/pkg/logs"
)

// runWebhook serves cert-manager's /mutate and /validate over TLS and /healthz over HTTP until ctx ends.
func runWebhook(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("webhook", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "file with the API server's address and our identity")
	certificate := flags.String("certificate", "", "PEM file of the serving certificate")
	key := flags.String("key", "", "PEM file of its key")
	port := flags.Int("port", 10260, "port of /mutate and /validate")
	healthPort := flags.Int("health-port", 10264, "port of /healthz")
	if err := flags.Parse(args); err != nil {
		return err
	}
	server, err := webhook.NewCertManagerWebhookServer(logs.Log, config.WebhookConfiguration{
		KubeConfig:           *kubeconfig,
		SecurePort:           int32(*port),
		HealthzPort:          int32(*healthPort),
		MetricsListenAddress: "0",
		TLSConfig: shared.TLSConfig{
			Filesystem: shared.FilesystemServingConfig{CertFile: *certificate, KeyFile: *key},
		},
	})
	if err != nil {
		return err
	}
	return server.Run(ctx)
}
