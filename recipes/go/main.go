// The command go-recipe speaks mutual TLS with the certificate of its pod: "go-recipe server" or "go-recipe client".
package main

import (
	"log"
	"os"
)

func main() {
	if currentIdentity().generation == "" {
		log.Fatalf("there is no certificate in %s", directory)
	}
	switch role := os.Args[len(os.Args)-1]; role {
	case "server":
		serve()
	case "client":
		call()
	default:
		log.Fatalf("it is either server or client, not %q", role)
	}
}
