import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expectLine } from '../../demo/act-driver.ts';
import { startDriver } from '../../demo/driver-process.ts';
import { makeNodeFolder, removeNodeFolder } from '../../demo/node-folder.ts';
import type { NodeFolder } from '../../demo/node-folder.ts';
import { hasOwnMounts, runWithOwnMounts } from '../../demo/own-mounts.ts';
import { VERSION } from '../../driver/version.ts';
import { withSection } from './conformance-page.ts';
import { CSI_SANITY, goProgram } from './go-program.ts';
import { readSanityReport } from './sanity-report.ts';
import type { SpecOutcome } from './sanity-report.ts';
import { describeOutcomes, summarize } from './sanity-section.ts';
import { NOT_OURS, whySkipped } from './skip-reasons.ts';
import { openStandIn } from './stand-in.ts';

const PAGE = join(import.meta.dirname, '../../docs/conformance.md');

/**
 * `npm run sanity` puts csi-sanity to the real driver process, in mounts of their own, and writes what came of it into
 * docs/conformance.md. The exit status is 1 where a spec failed, or was skipped for a reason that nobody has thought about.
 */
async function main(): Promise<number> {
  const program = goProgram(CSI_SANITY);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const folder = await makeNodeFolder();
  try {
    const outcomes = await askDriver(program, folder, stop.signal);
    const summary = `csi-sanity ${CSI_SANITY.version}: ${summarize(outcomes)}`;
    await writePage(summary, outcomes);
    const unexplained = outcomes.filter((outcome) => outcome.state === 'skipped' && whySkipped(outcome) === undefined);
    for (const { name, message } of unexplained) process.stdout.write(`skipped, and nobody has said why: ${name} (${message})\n`);
    process.stdout.write(`${summary}; see docs/conformance.md\n`);
    return unexplained.length > 0 || outcomes.some(({ state }) => state === 'failed') ? 1 : 0;
  } finally {
    await removeNodeFolder(folder);
  }
}

async function askDriver(program: string, folder: NodeFolder, signal: AbortSignal): Promise<readonly SpecOutcome[]> {
  const driver = startDriver(folder, () => undefined);
  try {
    await expectLine(driver, 'serving');
    const socketPath = join(folder.root, 'sanity.sock');
    const standIn = await openStandIn({ socketPath, driverSocketPath: folder.socket });
    try {
      return await runSanity(program, folder, socketPath, signal);
    } finally {
      await standIn.close();
    }
  } finally {
    await driver.stop('SIGTERM');
  }
}

async function runSanity(program: string, folder: NodeFolder, socketPath: string, signal: AbortSignal): Promise<readonly SpecOutcome[]> {
  const report = join(folder.root, 'report.json');
  const flags = [
    `--csi.endpoint=unix://${socketPath}`,
    `--csi.mountdir=${join(folder.kubelet, 'mount')}`,
    `--csi.stagingdir=${join(folder.kubelet, 'staging')}`,
    `--ginkgo.skip=${NOT_OURS}`,
    `--ginkgo.json-report=${report}`,
    '--ginkgo.no-color',
  ];
  const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const [said, [status]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (status !== 0) process.stdout.write(said);
  return readSanityReport(await readFile(report, 'utf8'));
}

async function writePage(summary: string, outcomes: readonly SpecOutcome[]): Promise<void> {
  const about = `\`npm run sanity\` puts [csi-sanity](https://github.com/kubernetes-csi/csi-test), Kubernetes' own test of CSI drivers, to a
driver process (version ${VERSION}) on real sockets and mounts; the certificates come from its local CA.
**${summary}.**

csi-sanity makes its volumes through a Controller service and publishes them writable, which a driver of read-only inline volumes
has no use for. So a stand-in in \`test/conformance/\` answers CreateVolume with what kubelet hands over for a pod, tells that there is a
Controller service, and passes NodePublishVolume on with \`readonly\`. Every other call and every other answer goes through it as it is.`;
  const old = await readFile(PAGE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  await writeFile(PAGE, withSection(old, 'csi-sanity', describeOutcomes(about, outcomes)));
}

process.exitCode = hasOwnMounts() ? await main() : runWithOwnMounts([import.meta.filename]);
