import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Asks the server again and again, and prints how that went. */
class Client {
  public static void main(String[] args) throws Exception {
    // One client for good: each new connection has the certificate and the CA of its moment. That the server's names fit its host is checked by TLS.
    HttpClient client = HttpClient.newBuilder().sslContext(VolumeContext.of(Path.of("/certificates"))).build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("SERVER"))).timeout(Duration.ofSeconds(10)).build();
    long everyMs = Long.parseLong(System.getenv().getOrDefault("EVERY_MS", "5000"));
    while (true) {
      System.out.println(ask(client, request));
      Thread.sleep(everyMs);
    }
  }

  private static String ask(HttpClient client, HttpRequest request) throws InterruptedException {
    try {
      return describe(client.send(request, BodyHandlers.discarding()));
    } catch (IOException error) {
      return "no answer: " + error.getMessage();
    }
  }

  private static String describe(HttpResponse<Void> response) throws SSLPeerUnverifiedException {
    var certificate = (X509Certificate) response.sslSession().orElseThrow().getPeerCertificates()[0];
    String serial = certificate.getSerialNumber().toString(16);
    return response.statusCode() + " from a server with certificate " + serial + ", valid to " + certificate.getNotAfter().toInstant();
  }
}
