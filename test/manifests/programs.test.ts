import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { only, readFolder } from './read.ts';

const CLIENT = 'spiffe://cluster.local/ns/mtls-example/sa/client';
const SERVER_NAMES = 'DNS:localhost,IP:127.0.0.1';

let folder = '';
const children: ChildProcess[] = [];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'podcert-programs-'));
  for (const [name, program] of Object.entries(only(readFolder('examples/cert-manager'), 'ConfigMap').data ?? {})) {
    writeFileSync(join(folder, name), program);
  }
  for (const authority of ['ca', 'other-ca']) {
    const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign'];
    makeCertificate(join(folder, authority), 'ca', ['-subj', `/CN=${authority}`, ...extensions]);
  }
});

after(async () => {
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  const exits = running.map((child) => once(child, 'exit'));
  for (const child of running.toReversed()) child.kill('SIGKILL');
  await Promise.all(exits);
  rmSync(folder, { recursive: true, force: true });
});

function makeCertificate(directory: string, name: string, options: readonly string[]): void {
  mkdirSync(directory, { recursive: true });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(directory, `${name}.key`)];
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, '-out', join(directory, `${name}.crt`), ...options], { stdio: 'pipe' });
}

/** Puts a new generation of files into a volume, as the driver does. @returns the serial number of its certificate. */
function renew(volume: string, names: string, authority = 'ca'): string {
  const root = join(folder, volume);
  const generation = `..${process.hrtime.bigint()}`;
  const ca = join(folder, authority);
  const signer = ['-CA', join(ca, 'ca.crt'), '-CAkey', join(ca, 'ca.key')];
  const extensions = ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=${names}`];
  makeCertificate(join(root, generation), 'tls', ['-subj', '/', ...signer, ...extensions]);
  writeFileSync(join(root, generation, 'ca.crt'), readFileSync(join(folder, 'ca', 'ca.crt')));
  symlinkSync(generation, join(root, '..data_new'));
  renameSync(join(root, '..data_new'), join(root, '..data'));
  const certificate = join(root, generation, 'tls.crt');
  return execFileSync('openssl', ['x509', '-noout', '-serial', '-in', certificate], { encoding: 'utf8' }).trim().replace('serial=', '');
}

/** Runs a program of the ConfigMap, and hands over its lines of output one by one. */
function run(program: string, environment: Record<string, string>): AsyncIterator<string> {
  const child = spawn(process.execPath, [join(folder, program)], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  return done === true ? assert.fail('the program ended') : value;
}

async function startServer(): Promise<{ readonly port: string; readonly serial: string }> {
  const serial = renew('server', SERVER_NAMES);
  const lines = run('server.mjs', { CERTIFICATES: join(folder, 'server'), PORT: '0', ALLOWED_CLIENT: CLIENT });
  const port = /^serving on port (\d+)$/.exec(await nextLine(lines))?.[1] ?? assert.fail('no port');
  return { port, serial };
}

/** One request of ours, with the files of a volume or without any. */
async function ask(port: string, volume?: string): Promise<number | undefined> {
  const read = (name: string) => readFileSync(join(folder, volume ?? '', '..data', name));
  const identity = volume === undefined ? {} : { key: read('tls.key'), cert: read('tls.crt') };
  const request = get(`https://localhost:${port}`, { ...identity, ca: readFileSync(join(folder, 'ca', 'ca.crt')), agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('the programs of the examples', () => {
  it('go on talking while both certificates are renewed, and no request fails', async () => {
    const { port, serial } = await startServer();
    renew('client', `URI:${CLIENT}`);
    const environment = { CERTIFICATES: join(folder, 'client'), SERVER: `https://localhost:${port}`, EVERY_MS: '20' };
    const lines = run('client.mjs', environment);
    assert.match(await nextLine(lines), new RegExp(`^200 from a server with certificate ${serial}, `));
    renew('client', `URI:${CLIENT}`);
    const newSerial = renew('server', SERVER_NAMES);
    for (let line = ''; !line.includes(newSerial);) {
      line = await nextLine(lines);
      assert.match(line, /^200 from a server/);
    }
  });

  it('let in the client that is meant, and nobody else', async () => {
    const { port } = await startServer();
    renew('client', `URI:${CLIENT}`);
    renew('namesake', `URI:${CLIENT}-2,DNS:spiffe.example`);
    renew('stranger', `URI:${CLIENT}`, 'other-ca');
    assert.equal(await ask(port, 'client'), 200);
    assert.equal(await ask(port, 'namesake'), 403);
    await assert.rejects(ask(port, 'stranger'), { code: /ERR_SSL_TLSV1_ALERT_UNKNOWN_CA|ECONNRESET|ERR_SSL/ });
    await assert.rejects(ask(port), { code: /ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ECONNRESET|ERR_SSL/ });
  });
});
