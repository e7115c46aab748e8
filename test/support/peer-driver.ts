import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume, Kubelet } from '../../demo/kubelet.ts';
import { publishRequest } from '../../driver/csi/node.ts';
import type { Clock } from '../../node-agent/clock.ts';
import { encodePrivateKey, generatePrivateKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { MS_BIND, MS_RDONLY, MS_REMOUNT, mount } from '../../node-agent/volume/kernel.ts';
import type { NodePublishVolumeRequest } from '../../proto/messages.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { SURROUNDINGS } from '../spec/publish-request.ts';
import { wireMessage } from './wire-request.ts';

/** The times of a certificate, from the clock's now on. */
export interface Age {
  readonly lifetimeMs: number;
  readonly ageMs: number;
}

/** How mounts are made where the driver is. */
export interface PeerMounts {
  tmpfs(path: string): Promise<void>;
  /** As mount(8) does it: first the bind, then the flag. */
  bindReadOnly(source: string, target: string): Promise<void>;
}

const HERE: PeerMounts = {
  async tmpfs(path) {
    mount('tmpfs', path, 'tmpfs', 0, null);
  },
  async bindReadOnly(source, target) {
    mount(source, target, null, MS_BIND, null);
    mount('none', target, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
  },
};

/** What the driver works with. */
export interface PeerOptions {
  readonly dataRoot: string;
  readonly kubelet: Kubelet;
  readonly authority: CertificateAuthority;
  readonly clock: Pick<Clock, 'now'>;
  readonly mounts?: PeerMounts;
  /** Where we see the root of the file system that the driver's paths are of; default: `/`. */
  readonly root?: string;
}

/** cert-manager's csi-driver, as far as it can be seen from what it leaves: volumes made in its layout, on real mounts. */
export class PeerDriver {
  readonly #options: PeerOptions;
  readonly #shared: string;
  readonly #mounts: PeerMounts;
  readonly #root: string;
  #sets = 0;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#shared = join(options.dataRoot, 'inmemfs');
    this.#mounts = options.mounts ?? HERE;
    this.#root = options.root ?? '/';
  }

  /** Makes the one tmpfs of all volumes. */
  async open(): Promise<void> {
    mkdirSync(this.#here(this.#shared), { recursive: true, mode: 0o700 });
    await this.#mounts.tmpfs(this.#shared);
  }

  /** Where the driver keeps the volume, as we see it. */
  folderOf(volume: InlineVolume): string {
    return this.#folder(volumeIdOf(volume));
  }

  /** The volume with its first certificate, bound at its target. @param token left in the stored context, as with --use-token-request. */
  publish(volume: InlineVolume, age: Age, token?: string): Promise<void> {
    return this.answer(wireMessage(this.#options.kubelet, volume), age, token);
  }

  /** The same for a request as it came over the wire. */
  async answer(message: NodePublishVolumeRequest, { lifetimeMs, ageMs }: Age, token?: string): Promise<void> {
    const { volumeId, targetPath, volumeContext, volumeCapability } = message;
    const group = volumeCapability?.mount?.volumeMountGroup;
    const notBeforeAt = new Date(this.#options.clock.now().getTime() - ageMs);
    const notAfterAt = new Date(notBeforeAt.getTime() + lifetimeMs);
    const folder = this.#folder(volumeId);
    mkdirSync(folder, { mode: 0o755 });
    this.#writeSet(folder, await this.#issue(message, notBeforeAt, notAfterAt));
    const metadata = {
      volumeID: volumeId,
      targetPath,
      nextIssuanceTime: new Date(notAfterAt.getTime() - lifetimeMs / 3).toISOString().replace('Z', '000000Z'),
      volumeContext: { ...volumeContext, ...(token !== undefined && { 'csi.storage.k8s.io/serviceAccount.tokens': token }) },
      ...(group !== '' && { volumeMountGroup: group }),
    };
    writeFileSync(join(folder, 'metadata.json'), JSON.stringify(metadata), { mode: 0o600 });
    mkdirSync(this.#here(targetPath), { recursive: true, mode: 0o750 });
    await this.#mounts.bindReadOnly(join(this.#shared, volumeId, 'data'), targetPath);
  }

  /** A renewal, after which the set before is gone at once. */
  async renew(volume: InlineVolume, { lifetimeMs, ageMs }: Age): Promise<void> {
    const notBeforeAt = new Date(this.#options.clock.now().getTime() - ageMs);
    const folder = this.folderOf(volume);
    const before = readlinkSync(join(folder, 'data', '..data'));
    const message = wireMessage(this.#options.kubelet, volume);
    this.#writeSet(folder, await this.#issue(message, notBeforeAt, new Date(notBeforeAt.getTime() + lifetimeMs)));
    rmSync(join(folder, 'data', before), { recursive: true });
  }

  #here(path: string): string {
    return join(this.#root, path);
  }

  #folder(volumeId: string): string {
    return this.#here(join(this.#shared, volumeId));
  }

  /** One set by the rules of Kubernetes' atomic writer. */
  #writeSet(folder: string, files: Readonly<Record<string, string>>): void {
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o550, recursive: true });
    const name = `..2026_01_01_00_00_00.${(this.#sets += 1)}`;
    mkdirSync(join(data, name), { mode: 0o755 });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(data, name, file), content, { mode: 0o440 });
    symlinkSync(name, join(data, '..data_tmp'));
    renameSync(join(data, '..data_tmp'), join(data, '..data'));
    const present = readdirSync(data);
    for (const file of Object.keys(files)) if (!present.includes(file)) symlinkSync(`..data/${file}`, join(data, file));
  }

  async #issue(message: NodePublishVolumeRequest, notBeforeAt: Date, notAfterAt: Date): Promise<Record<string, string>> {
    const parsed = parseSpec(publishRequest(message), SURROUNDINGS);
    assert.equal(parsed.kind, 'parsed', JSON.stringify(parsed));
    const { key, wanted, files } = parsed.spec;
    const privateKey = await generatePrivateKey(key);
    const { chainPem, caPem } = await this.#options.authority.sign(await buildRequest(privateKey, wanted), { notBeforeAt, notAfterAt });
    const keystore = files.keystores && { [files.keystores.file]: 'a keystore' };
    return { [files.keyFile]: encodePrivateKey(privateKey, key), [files.certificateFile]: chainPem, [files.caFile]: caPem, ...keystore };
  }
}
