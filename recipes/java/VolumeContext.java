import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * An SSLContext whose new connections always have the certificate, key and CA that are in the volume now. Those that are open go on. Each
 * generation has a context of its own behind this one, so nothing is ever mixed, and no session of an old certificate is resumed.
 */
final class VolumeContext extends SSLContext {
  private static final char[] NO_PASSWORD = new char[0];

  /** @param directory where the volume is mounted; it needs the attribute podcert.io/der: "true". */
  static SSLContext of(Path directory) throws IOException, GeneralSecurityException {
    var newest = new Newest(directory);
    return new VolumeContext(newest, newest.context());
  }

  private VolumeContext(SSLContextSpi newest, SSLContext first) {
    super(newest, first.getProvider(), first.getProtocol());
  }

  /** Reads all files below one generation's folder, so that they belong together whatever is renewed meanwhile. */
  private static SSLContext read(Path generation) throws IOException, GeneralSecurityException {
    // Or "RSA", where the volume says so.
    PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(generation.resolve("key.der"))));
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    own.setKeyEntry("own", key, NO_PASSWORD, certificates(generation.resolve("tls.crt")));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, NO_PASSWORD);

    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    for (Certificate authority : certificates(generation.resolve("ca.crt"))) trusted.setCertificateEntry("ca-" + trusted.size(), authority);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);

    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
    try (InputStream stream = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(stream).toArray(Certificate[]::new);
    }
  }

  /** Passes every call on to the context of the newest generation. */
  private static final class Newest extends SSLContextSpi {
    private final Path directory;
    private Path loaded;
    private SSLContext context;

    Newest(Path directory) throws IOException, GeneralSecurityException {
      this.directory = directory;
      load();
    }

    /** Where the new files cannot be read the old ones stay in use. */
    synchronized SSLContext context() {
      try {
        load();
      } catch (IOException | GeneralSecurityException error) {
        System.err.println("Cannot take the new certificate, the old one stays: " + error);
      }
      return context;
    }

    /** A look at ..data is one system call; files are read only where it names another generation. */
    private void load() throws IOException, GeneralSecurityException {
      Path newest = Files.readSymbolicLink(directory.resolve("..data"));
      if (newest.equals(loaded)) return;
      context = read(directory.resolve(newest));
      loaded = newest;
    }

    @Override protected SSLEngine engineCreateSSLEngine() { return context().createSSLEngine(); }
    @Override protected SSLEngine engineCreateSSLEngine(String host, int port) { return context().createSSLEngine(host, port); }
    @Override protected SSLSocketFactory engineGetSocketFactory() { return context().getSocketFactory(); }
    @Override protected SSLServerSocketFactory engineGetServerSocketFactory() { return context().getServerSocketFactory(); }
    @Override protected SSLSessionContext engineGetServerSessionContext() { return context().getServerSessionContext(); }
    @Override protected SSLSessionContext engineGetClientSessionContext() { return context().getClientSessionContext(); }
    @Override protected SSLParameters engineGetDefaultSSLParameters() { return context().getDefaultSSLParameters(); }
    @Override protected SSLParameters engineGetSupportedSSLParameters() { return context().getSupportedSSLParameters(); }
    @Override protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
      throw new UnsupportedOperationException("what it shows and trusts comes from the volume");
    }
  }
}
