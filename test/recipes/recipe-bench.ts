import { X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import type { Issuer } from '../../node-agent/ports.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import type { CertificateAuthority } from '../support/certificate-authority.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { identityIn } from './identities.ts';
import { SERVER } from './peers.ts';
import { startPodProcess } from './pod-process.ts';
import type { PodProcess } from './pod-process.ts';
import { containerOf, inlineVolumeOf, readPod, RECIPES } from './recipe-pods.ts';
import type { Side } from './recipe-pods.ts';

/** The driver's own CA stands in for the issuer that the pods name; whether it is asked is not what these tests are about. */
const ISSUER = { 'csi.cert-manager.io/issuer-kind': 'LocalCA', 'csi.cert-manager.io/issuer-group': 'podcert.io' };
const EXTENDED_USAGES: Readonly<Record<string, string>> = { 'server auth': '1.3.6.1.5.5.7.3.1', 'client auth': '1.3.6.1.5.5.7.3.2' };

/** A driver with the volumes of a recipe's two pods, whose time the tests move, and whatever of the pods they start. */
export class RecipeBench {
  /** Who signs for the volumes. */
  authority: CertificateAuthority;
  readonly #driver: DriverBench;
  readonly #options: RecipeBenchOptions;
  readonly #volumes: Readonly<Record<Side, InlineVolume>>;
  #started = 0;

  constructor(authority: CertificateAuthority, driver: DriverBench, options: RecipeBenchOptions) {
    this.authority = authority;
    this.#driver = driver;
    this.#options = options;
    this.#volumes = { server: volumeOf(options.recipe, 'server'), client: volumeOf(options.recipe, 'client') };
  }

  async publish(): Promise<void> {
    for (const volume of Object.values(this.#volumes)) await this.#driver.kubelet.publish(volume);
  }

  /** Where the volume of a pod is. */
  target(side: Side): string {
    return this.#driver.kubelet.targetPath(this.#volumes[side]);
  }

  /** The serial of the certificate that a pod has now. */
  serial(side: Side): string {
    return new X509Certificate(identityIn(this.target(side)).cert ?? '').serialNumber;
  }

  /** Moves the driver's time to when a volume is due, and awaits its new files. @returns the new certificate's serial. */
  async renew(side: Side): Promise<string> {
    const { clock } = this.#driver;
    await clock.advance(this.#dueAt(side).getTime() - clock.now().getTime());
    // The other volume may have become due on the way.
    await Promise.all([this.#settle('server'), this.#settle('client')]);
    return this.serial(side);
  }

  async #settle(side: Side): Promise<void> {
    const { clock, journal } = this.#driver;
    const volumeId = volumeIdOf(this.#volumes[side]);
    while (this.#dueAt(side) <= clock.now()) await journal.next((event) => event.kind === 'renewed' && event.volumeId === volumeId);
  }

  #dueAt(side: Side): Date {
    const volumeId = volumeIdOf(this.#volumes[side]);
    const last = this.#driver.journal.events.findLast((event) => 'renewAt' in event && event.volumeId === volumeId);
    if (last === undefined || !('renewAt' in last)) throw new Error(`Nothing is known of the volume of the ${side}`);
    return last.renewAt;
  }

  /** The same by another CA, this once. */
  async renewBy(other: CertificateAuthority, side: Side): Promise<void> {
    const usual = this.authority;
    this.authority = other;
    try {
      await this.renew(side);
    } finally {
      this.authority = usual;
    }
  }

  /** Starts a pod of the recipe. @param env in place of what its specification says. @param told each line that it writes. */
  start(side: Side, env: Readonly<Record<string, string>> = {}, told: (line: string) => void = () => undefined): PodProcess {
    const { recipe, folder, image } = this.#options;
    const root = join(folder, `root-${(this.#started += 1)}`);
    mkdirSync(root);
    const hosts = `${root}.hosts`;
    writeFileSync(hosts, `${SERVER.host} localhost ${SERVER.servername}\n`);
    const places = { certificates: this.target(side), recipe: join(RECIPES, recipe), image: new Map([...image, ['/etc/hosts', hosts]]) };
    return startPodProcess(root, containerOf(readPod(recipe, side), places, env), told);
  }
}

/** What a bench is made of. */
export interface RecipeBenchOptions {
  readonly recipe: string;
  /** An empty folder for roots of pods. */
  readonly folder: string;
  /** Files of the pods' image that this machine lacks, by their paths there. */
  readonly image: ReadonlyMap<string, string>;
}

/** Opens the driver and publishes both volumes; it ends with the context. */
export async function openRecipeBench(context: Pick<TestContext, 'after'>, options: RecipeBenchOptions): Promise<RecipeBench> {
  const issue = issueBy(
    () => bench.authority,
    () => driver.clock.now(),
  );
  const driver: DriverBench = await openDriverBench(context, { localCa: (localCa) => ({ ...localCa, issue }) });
  const bench = new RecipeBench(await createCertificateAuthority(), driver, options);
  await bench.publish();
  return bench;
}

function volumeOf(recipe: string, side: Side): InlineVolume {
  const volume = inlineVolumeOf(readPod(recipe, side));
  return { ...volume, attributes: { ...volume.attributes, ...ISSUER } };
}

/** The driver's time is ahead of the machine's, by which TLS judges: so each certificate is valid by both. */
function issueBy(authority: () => CertificateAuthority, now: () => Date): Issuer['issue'] {
  const notBeforeAt = new Date(Date.now() - HOUR_MS);
  return async ({ csrPem, wanted }) => {
    const extendedKeyUsage = wanted.usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []);
    const notAfterAt = new Date(now().getTime() + HOUR_MS);
    const { chainPem, caPem } = await authority().sign(csrPem, { notBeforeAt, notAfterAt, extendedKeyUsage });
    return { chainPem, issuerCaPem: caPem };
  };
}
