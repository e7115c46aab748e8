import { X509Certificate } from 'node:crypto';
import { kubectl } from './cluster-access.ts';
import { waitFor } from './wait.ts';

/** What one generation of a pod's volume holds, as the pod's own container reads it. */
export interface VolumeFiles {
  readonly keyPem: string;
  readonly chainPem: string;
  readonly caPem: string;
  /** The first of the chain. */
  readonly leaf: X509Certificate;
}

/** The pod's shell goes into the folder that `..data` names at the moment and stays there, so that all files are of one generation. */
const READ = 'cd -P /tls/..data && for name in tls.key tls.crt ca.crt; do cat $name && echo "=== end"; done';

/** Reads the files in the container of a pod. @throws {ClusterFailure} where one cannot be read. */
export async function readVolume(namespace: string, pod: string): Promise<VolumeFiles> {
  const [keyPem = '', chainPem = '', caPem = ''] = (await inPod(namespace, pod, READ)).split('=== end\n');
  return { keyPem, chainPem, caPem, leaf: new X509Certificate(chainPem) };
}

/** Runs a line of shell in a pod. @returns its output. @throws {ClusterFailure} where it fails. */
export function inPod(namespace: string, pod: string, line: string): Promise<string> {
  return kubectl(['exec', pod, `--namespace=${namespace}`, '--', 'sh', '-c', line]);
}

/** Waits until a pod sees another certificate than the old one. @returns what it sees then. @throws {Error} after 60 s, with the driver's log. */
export function waitForRenewal(namespace: string, pod: string, old: VolumeFiles): Promise<VolumeFiles> {
  return waitFor(`a renewal in pod ${namespace}/${pod}`, namespace, 60_000, async () => {
    const now = await readVolume(namespace, pod);
    return now.leaf.serialNumber === old.leaf.serialNumber ? undefined : now;
  });
}
