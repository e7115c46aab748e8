package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// call asks the server again and again, and prints how that went.
func call() {
	client := &http.Client{Transport: &http.Transport{DialTLSContext: dial}, Timeout: 10 * time.Second}
	everyMs, err := strconv.Atoi(os.Getenv("EVERY_MS"))
	if err != nil {
		everyMs = 5000
	}
	for {
		ask(client, os.Getenv("SERVER"))
		time.Sleep(time.Duration(everyMs) * time.Millisecond)
	}
}

// dial opens a connection with the certificate and the CA of that moment; http.Transport keeps it for further requests as it does any other.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	current := currentIdentity()
	dialer := &tls.Dialer{Config: &tls.Config{
		Certificates: []tls.Certificate{current.certificate},
		// That the server's names fit its host is checked by TLS.
		RootCAs:    current.authorities,
		MinVersion: tls.VersionTLS13,
	}}
	return dialer.DialContext(ctx, network, address)
}

func ask(client *http.Client, url string) {
	response, err := client.Get(url)
	if err != nil {
		fmt.Println("no answer:", err)
		return
	}
	defer response.Body.Close()
	certificate := response.TLS.PeerCertificates[0]
	fmt.Printf("%d from a server with certificate %X, valid to %s\n", response.StatusCode, certificate.SerialNumber, certificate.NotAfter)
	// Only a body that was read lets its connection be used again.
	_, _ = io.Copy(io.Discard, response.Body)
}
