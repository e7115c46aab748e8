package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
)

const directory = "/certificates"

// An identity is what one generation of the volume holds: whom we show, and whose certificates we believe.
type identity struct {
	generation  string
	certificate tls.Certificate
	authorities *x509.CertPool
}

var (
	mutex  sync.Mutex
	loaded identity
)

// currentIdentity is asked for each connection. A look at ..data is one system call; files are read only where it names another generation.
// Where they cannot be, the identity before stays in use.
func currentIdentity() identity {
	mutex.Lock()
	defer mutex.Unlock()
	generation, err := os.Readlink(filepath.Join(directory, "..data"))
	if err == nil && generation != loaded.generation {
		var next identity
		if next, err = readIdentity(generation); err == nil {
			loaded = next
		}
	}
	if err != nil {
		log.Printf("cannot read the new certificate, the old one stays: %v", err)
	}
	return loaded
}

// readIdentity reads all files below one generation's folder, so that they belong together whatever is renewed meanwhile.
func readIdentity(generation string) (identity, error) {
	folder := filepath.Join(directory, generation)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
	if err != nil {
		return identity{}, err
	}
	pem, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return identity{}, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return identity{}, fmt.Errorf("%s/ca.crt holds no certificate", folder)
	}
	return identity{generation, certificate, authorities}, nil
}
