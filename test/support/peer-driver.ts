import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InlineVolume, Kubelet } from '../../demo/kubelet.ts';
import type { Clock } from '../../node-agent/clock.ts';
import { encodePrivateKey, generatePrivateKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { MS_BIND, MS_RDONLY, MS_REMOUNT, mount } from '../../node-agent/volume/kernel.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { SURROUNDINGS } from '../spec/publish-request.ts';
import { wireRequest } from './wire-request.ts';

/** The times of a certificate, from the clock's now on. */
export interface Age {
  readonly lifetimeMs: number;
  readonly ageMs: number;
}

/** cert-manager's csi-driver, as far as it can be seen from what it leaves: volumes made in its layout, on real mounts. */
export class PeerDriver {
  readonly #shared: string;
  readonly #kubelet: Kubelet;
  readonly #authority: CertificateAuthority;
  readonly #clock: Pick<Clock, 'now'>;
  #sets = 0;

  constructor(options: { dataRoot: string; kubelet: Kubelet; authority: CertificateAuthority; clock: Pick<Clock, 'now'> }) {
    this.#shared = join(options.dataRoot, 'inmemfs');
    this.#kubelet = options.kubelet;
    this.#authority = options.authority;
    this.#clock = options.clock;
    mkdirSync(this.#shared, { recursive: true, mode: 0o700 });
    mount('tmpfs', this.#shared, 'tmpfs', 0, null);
  }

  /** Where the driver keeps the volume. */
  folderOf(volume: InlineVolume): string {
    return join(this.#shared, this.#kubelet.publishRequest(volume).volumeId);
  }

  /** A renewal, after which the set before is gone at once. */
  async renew(volume: InlineVolume, { lifetimeMs, ageMs }: Age): Promise<void> {
    const notBeforeAt = new Date(this.#clock.now().getTime() - ageMs);
    const data = join(this.folderOf(volume), 'data');
    const before = readlinkSync(join(data, '..data'));
    this.writeSet(volume, await this.#issue(volume, notBeforeAt, new Date(notBeforeAt.getTime() + lifetimeMs)));
    rmSync(join(data, before), { recursive: true });
  }

  /** The volume with its first certificate, bound at its target. @param token left in the stored context, as with --use-token-request. */
  async publish(volume: InlineVolume, { lifetimeMs, ageMs }: Age, token?: string): Promise<void> {
    const { volumeId, targetPath, volumeContext, volumeCapability } = this.#kubelet.publishRequest(volume);
    const group = volumeCapability?.mount?.volumeMountGroup;
    const notBeforeAt = new Date(this.#clock.now().getTime() - ageMs);
    const notAfterAt = new Date(notBeforeAt.getTime() + lifetimeMs);
    const files = await this.#issue(volume, notBeforeAt, notAfterAt);
    mkdirSync(this.folderOf(volume), { mode: 0o755 });
    this.writeSet(volume, files);
    const metadata = {
      volumeID: volumeId,
      targetPath,
      nextIssuanceTime: new Date(notAfterAt.getTime() - lifetimeMs / 3).toISOString().replace('Z', '000000Z'),
      volumeContext: { ...volumeContext, ...(token !== undefined && { 'csi.storage.k8s.io/serviceAccount.tokens': token }) },
      ...(group !== '' && { volumeMountGroup: group }),
    };
    writeFileSync(join(this.folderOf(volume), 'metadata.json'), JSON.stringify(metadata), { mode: 0o600 });
    this.bind(volume);
  }

  /** As mount(8) does it: first the bind, then the flag. */
  bind(volume: InlineVolume): void {
    const target = this.#kubelet.targetPath(volume);
    mkdirSync(target, { recursive: true, mode: 0o750 });
    mount(join(this.folderOf(volume), 'data'), target, null, MS_BIND, null);
    mount('none', target, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
  }

  /** One set by the rules of Kubernetes' atomic writer. */
  writeSet(volume: InlineVolume, files: Readonly<Record<string, string>>): void {
    const data = join(this.folderOf(volume), 'data');
    mkdirSync(data, { mode: 0o550, recursive: true });
    const name = `..2026_01_01_00_00_00.${(this.#sets += 1)}`;
    mkdirSync(join(data, name), { mode: 0o755 });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(data, name, file), content, { mode: 0o440 });
    symlinkSync(name, join(data, '..data_tmp'));
    renameSync(join(data, '..data_tmp'), join(data, '..data'));
    const present = readdirSync(data);
    for (const file of Object.keys(files)) if (!present.includes(file)) symlinkSync(`..data/${file}`, join(data, file));
  }

  async #issue(volume: InlineVolume, notBeforeAt: Date, notAfterAt: Date): Promise<Record<string, string>> {
    const parsed = parseSpec(wireRequest(this.#kubelet, volume), SURROUNDINGS);
    assert.equal(parsed.kind, 'parsed', JSON.stringify(parsed));
    const { key, wanted, files } = parsed.spec;
    const keyPem = encodePrivateKey(await generatePrivateKey(key), key);
    const { chainPem, caPem } = await this.#authority.sign(await buildRequest(keyPem, wanted), { notBeforeAt, notAfterAt });
    const keystore = files.keystores && { [files.keystores.file]: 'a keystore' };
    return { [files.keyFile]: keyPem, [files.certificateFile]: chainPem, [files.caFile]: caPem, ...keystore };
  }
}
