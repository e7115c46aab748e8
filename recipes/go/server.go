package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

// serve answers the one client that is allowed.
func serve() {
	server := &http.Server{
		Addr:      ":8443",
		TLSConfig: serverConfig(os.Getenv("ALLOWED_CLIENT")),
		// For the handshake too. Without a limit anybody could hold connections open, before they have shown who they are.
		ReadHeaderTimeout: 10 * time.Second,
	}
	http.HandleFunc("/", func(writer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(writer, "hello") })
	// No files here: the configuration has the certificate.
	log.Fatal(server.ListenAndServeTLS("", ""))
}

func serverConfig(allowedClient string) *tls.Config {
	return &tls.Config{
		// New connections see what is in the volume now, those that are open go on.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			current := currentIdentity()
			return &tls.Config{
				Certificates: []tls.Certificate{current.certificate},
				// No certificate of our CA, no connection.
				ClientAuth: tls.RequireAndVerifyClientCert,
				ClientCAs:  current.authorities,
				// That our CA signed it says that the client is one of ours; its name says which.
				VerifyConnection: func(state tls.ConnectionState) error { return requireName(state, allowedClient) },
				MinVersion:       tls.VersionTLS13,
				NextProtos:       []string{"h2", "http/1.1"},
				// Go before 1.24.13 and 1.25.7 resumes a session of a CA that is gone (CVE-2025-68121), and TLS 1.3 shakes hands quickly.
				SessionTicketsDisabled: true,
			}, nil
		},
	}
}

func requireName(state tls.ConnectionState, allowed string) error {
	for _, uri := range state.PeerCertificates[0].URIs {
		if uri.String() == allowed {
			return nil
		}
	}
	return errors.New("the client has another name")
}
