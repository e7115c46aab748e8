import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Speaks mutual TLS with localhost as a Java program does, once for each pair of files: port, password, then keystores and truststores. */
class TlsClient {
  public static void main(String[] args) throws Exception {
    char[] password = args[1].toCharArray();
    for (int index = 2; index < args.length; index += 2) {
      System.out.println(greet(Integer.parseInt(args[0]), contextOf(args[index], args[index + 1], password)));
    }
  }

  private static SSLContext contextOf(String keystore, String truststore, char[] password) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(load(keystore, password), password);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(load(truststore, password));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore load(String file, char[] password) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var stream = Files.newInputStream(Path.of(file))) {
      store.load(stream, password);
    }
    return store;
  }

  /** What the server says, once it and we have seen each other's certificates. */
  private static String greet(int port, SSLContext context) throws IOException {
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      return new String(socket.getInputStream().readAllBytes());
    }
  }
}
