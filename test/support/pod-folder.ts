import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';

/** What a pod finds in its folder. */
export interface PodFolder {
  readonly keyPem: string;
  readonly chainPem: string;
  readonly caPem: string;
  readonly leaf: X509Certificate;
  /** Whether key and certificate belong together. */
  readonly isPair: boolean;
}

/** Reads the folder as a pod does. @throws whatever reading or parsing says when it is not whole. */
export async function readPodFolder(path: string): Promise<PodFolder> {
  const [keyPem, chainPem, caPem] = await Promise.all(['tls.key', 'tls.crt', 'ca.crt'].map((name) => readFile(join(path, name), 'utf8')));
  if (keyPem === undefined || chainPem === undefined || caPem === undefined) throw new Error('unreachable');
  const leaf = new X509Certificate(chainPem);
  return { keyPem, chainPem, caPem, leaf, isPair: leaf.checkPrivateKey(createPrivateKey(keyPem)) };
}

/**
 * A handshake of mutual TLS between the owners of two folders, judged by OpenSSL within Node.js and by the machine's own clock.
 * @returns the serial numbers each side saw of the other. @throws what either side says against it.
 */
export async function shakeHands(
  server: PodFolder,
  client: PodFolder,
  serverName: string,
): Promise<{ readonly clientSaw: string; readonly serverSaw: string }> {
  const own = ({ keyPem, chainPem, caPem }: PodFolder) => ({ key: keyPem, cert: chainPem, ca: caPem });
  const listener = createServer({ ...own(server), requestCert: true, rejectUnauthorized: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const accepted = once(listener, 'secureConnection');
  const connection = connect({ ...own(client), host: '127.0.0.1', port, servername: serverName });
  try {
    const refused = once(listener, 'tlsClientError').then(([error]) => Promise.reject(error));
    await Promise.race([once(connection, 'secureConnect'), refused]);
    const [socket] = (await Promise.race([accepted, refused])) as [typeof connection];
    return { clientSaw: connection.getPeerCertificate().serialNumber, serverSaw: socket.getPeerCertificate().serialNumber };
  } finally {
    connection.destroy();
    listener.close();
  }
}
