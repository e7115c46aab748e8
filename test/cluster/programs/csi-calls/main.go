// CSI calls makes gRPC calls on a Unix socket as kubelet does, with the same library and a connection for each call, and tells how long each took.
// Bytes in, none out: what they mean is the caller's affair. A line of standard input is a batch (see Batch), a line of standard output its durations.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Batch is calls that are made at most AtOnce at a time, in their order.
type Batch struct {
	Socket string `json:"socket"`
	AtOnce int    `json:"atOnce"`
	Calls  []Call `json:"calls"`
}

// Call is a method, such as /csi.v1.Node/NodePublishVolume, and its request as protobuf has it.
type Call struct {
	Method  string `json:"method"`
	Request []byte `json:"request"`
}

// Outcome is in the order of the calls.
type Outcome struct {
	Milliseconds []float64 `json:"milliseconds"`
	// Empty where all went well.
	Failure string `json:"failure"`
}

// kubelet's csiTimeout.
const timeout = 2 * time.Minute

func main() {
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var batch Batch
		if err := json.Unmarshal(line, &batch); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := answers.Encode(perform(batch)); err != nil {
			return
		}
	}
}

func perform(batch Batch) Outcome {
	outcome := Outcome{Milliseconds: make([]float64, len(batch.Calls))}
	var failed sync.Once
	var running sync.WaitGroup
	free := make(chan struct{}, batch.AtOnce)
	for index, call := range batch.Calls {
		free <- struct{}{}
		running.Add(1)
		go func() {
			defer running.Done()
			startedAt := time.Now()
			err := performOne(batch.Socket, call)
			outcome.Milliseconds[index] = float64(time.Since(startedAt).Microseconds()) / 1e3
			if err != nil {
				failed.Do(func() { outcome.Failure = err.Error() })
			}
			<-free
		}()
	}
	running.Wait()
	return outcome
}

// As newGrpcConn of pkg/volume/csi/csi_client.go does.
func performOne(socket string, call Call) error {
	dial := func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	connection, err := grpc.NewClient("passthrough:///csi", grpc.WithAuthority("localhost"),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(dial))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var response []byte
	return connection.Invoke(ctx, call.Method, call.Request, &response, grpc.ForceCodec(untouched{}))
}

// untouched passes bytes on.
type untouched struct{}

func (untouched) Marshal(value any) ([]byte, error) { return value.([]byte), nil }

func (untouched) Unmarshal(data []byte, value any) error {
	*value.(*[]byte) = data
	return nil
}

func (untouched) Name() string { return "proto" }
