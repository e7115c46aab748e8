// Cert-manager: its controllers and its admission webhook in one program, `cert-manager controllers …` and
// `cert-manager webhook …`, made of cert-manager's own packages with the settings of its release.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/cert-manager/cert-manager/pkg/logs"
)

func main() {
	logs.InitLogs()
	defer logs.FlushLogs()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cert-manager:", err)
		logs.FlushLogs()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "controllers":
			return runControllers(ctx, args[1:])
		case "webhook":
			return runWebhook(ctx, args[1:])
		}
	}
	return fmt.Errorf("say controllers or webhook, then flags; got %q", args)
}
