import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLParameters;

/** Answers the one client that is allowed. */
class Server {
  /** A URI among a certificate's alternative names (RFC 5280, section 4.2.1.6). */
  private static final int URI = 6;

  public static void main(String[] args) throws Exception {
    String allowedClient = System.getenv("ALLOWED_CLIENT");
    HttpsServer server = HttpsServer.create(new InetSocketAddress(8443), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(VolumeContext.of(Path.of("/certificates"))) {
      @Override public void configure(HttpsParameters connection) {
        SSLParameters parameters = getSSLContext().getDefaultSSLParameters();
        // No certificate of our CA, no connection.
        parameters.setNeedClientAuth(true);
        parameters.setProtocols(new String[] {"TLSv1.3"});
        connection.setSSLParameters(parameters);
      }
    });
    server.createContext("/", exchange -> answer((HttpsExchange) exchange, allowedClient));
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  private static void answer(HttpsExchange exchange, String allowedClient) throws IOException {
    // That our CA signed it says that the client is one of ours; its name says which.
    var certificate = (X509Certificate) exchange.getSSLSession().getPeerCertificates()[0];
    boolean isAllowed = isFor(certificate, allowedClient);
    send(exchange, isAllowed ? 200 : 403, isAllowed ? "hello\n" : "not you\n");
  }

  private static boolean isFor(X509Certificate certificate, String uri) {
    try {
      var names = certificate.getSubjectAlternativeNames();
      return names != null && names.contains(List.of(URI, uri));
    } catch (CertificateParsingException error) {
      return false;
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes();
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
