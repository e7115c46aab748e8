import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import type { NodeAnswer } from '../../driver/admin/answers.ts';
import { DAY_MS, HOUR_MS } from '../../node-agent/clock.ts';
import { fill } from '../support/fill.ts';
import { openField } from '../support/field-bench.ts';
import type { Ended, Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { startPod } from '../support/kubelet-retries.ts';
import { TOKENS_KEY, tokensOf } from '../support/pod-tokens.ts';
import type { Verdict } from '../support/signer.ts';
import { tracesOfKey, tracesOfText } from '../support/traces.ts';
import type { Traces } from '../support/traces.ts';

/** The secrets of one run: passwords and tokens by their names, and every key that a pod got to see. */
class Secrets {
  readonly password = randomUUID();
  readonly passwordOfSecret = randomUUID();
  readonly unasked = randomUUID();
  readonly tokens: string[] = [];
  readonly keys = new Map<string, string>();

  newToken(field: Field): string {
    const token = randomUUID();
    field.cluster.users.set(token, { username: 'the-pod', mayCreate: true });
    this.tokens.push(token);
    return token;
  }

  /** Of which kind, and its traces. */
  all(): readonly (Traces & { readonly kind: 'key' | 'password' | 'token' })[] {
    const passwords = { 'the password of the spec': this.password, 'the password of the Secret': this.passwordOfSecret };
    return [
      ...Object.entries(passwords).map(([name, text]) => ({ kind: 'password' as const, ...tracesOfText(name, text) })),
      { kind: 'token', ...tracesOfText('what was in the Secret besides', this.unasked) },
      ...this.tokens.map((token, index) => ({ kind: 'token' as const, ...tracesOfText(`token ${index}`, token) })),
      ...[...this.keys.values()].map((pem, index) => ({ kind: 'key' as const, ...tracesOfKey(`key ${index}`, pem) })),
    ];
  }
}

/** Every file below the folder, but those of the programs that the test put there. */
function filesBelow(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('dist/'));
  return paths.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

/** Whether a file is where such a secret belongs. */
function isItsPlace(kind: 'key' | 'password' | 'token', path: string): boolean {
  if (kind === 'password') return /\/state\/[^/]+\/secrets\.json$/.test(path);
  return kind === 'key' && /\/state\/[^/]+\/parts\/|\/data\/volumes\/|\/kubelet\/pods\//.test(path);
}

/** Renewals come and go until one ends like this; what is to be paced is so by a time that runs. */
async function passUntil(field: Field, volume: InlineVolume, kind: Ended['kind']): Promise<void> {
  while ((await field.time.at(20, field.passDue(volume))).kind !== kind);
}

/** All that operators are told: the page, both volumes with files and chain, and the checks. */
async function toldToOperators(field: Field): Promise<string> {
  const { volumes } = JSON.parse(await field.admin('/v1/volumes')) as NodeAnswer;
  const each = volumes.map(({ volumeId }) => `/v1/volumes/${volumeId}`);
  const texts = await Promise.all(['/', '/v1/volumes', '/v1/checks', ...each].map((path) => field.admin(path)));
  assert.equal(texts.join('\n').match(/"fingerprint"/g)?.length, 2, 'the chains of both are there');
  return texts.join('\n');
}

/** All that left the process other than by files. */
async function sayings(
  field: Field,
  events: readonly unknown[],
  told: readonly unknown[],
): Promise<readonly (readonly [string, string])[]> {
  const { cluster, driver } = field;
  const objects = [...(await cluster.requests()), ...(await cluster.eventsOn('web')), ...(await cluster.eventsOn('db'))];
  assert.ok(objects.length > 3);
  const { calls } = cluster.proxy;
  return [
    ['the log', field.logged.join('\n')],
    ['the events', JSON.stringify([...events, ...driver.journal.events])],
    ['the metrics', await field.metrics()],
    ['the admin listener', await toldToOperators(field)],
    ['the API objects', JSON.stringify(objects)],
    // Their requests are objects already; a token is where it belongs, in the header.
    ['the URLs of calls', JSON.stringify(calls.map(({ path, query }) => `${path}?${String(query)}`))],
    ['what kubelet was told', JSON.stringify(told.map(String))],
    ['the command line', readFileSync(`/proc/${driver.pid}/cmdline`, 'utf8') + readFileSync(`/proc/${driver.pid}/environ`, 'utf8')],
  ];
}

describe('secrets in the field', { timeout: 3_600_000 }, () => {
  const algorithms = ['ECDSA', 'RSA', 'Ed25519'].slice(0, rounds({ usual: 2, full: 3 }));
  for (const algorithm of algorithms) {
    it(`are nowhere but where they belong, through failures, renewals, a full disk and restarts: ${algorithm} keys (invariant 8)`, async (context) => {
      const verdicts: Verdict[] = [
        { kind: 'deny', message: 'not yet' },
        { kind: 'fail', message: 'not now' },
      ];
      let refusals = 2;
      const field = await openField(context, {
        usesPodToken: true,
        flags: { 'use-token-request': 'true' },
        decide: () => verdicts.shift() ?? { kind: 'sign' },
        sign: (authority, csrPem) => authority.sign(csrPem, { durationMs: HOUR_MS, isCa: (refusals -= 1) >= 0 }),
      });
      const secrets = new Secrets();
      const [events, told]: unknown[][] = [[], []];
      const tokens = (text: string, lifeMs = DAY_MS) => tokensOf(text, new Date(field.time.now().getTime() + lifeMs));
      const wanted = { 'key-algorithm': algorithm, 'pkcs12-enable': 'true', duration: '1h', 'podcert.io/combined-file': 'all.pem' };
      const web = field.volume('web', { ...wanted, 'pkcs12-password': secrets.password, 'reuse-private-key': 'true' });
      const db = field.volume('db', { ...wanted, 'podcert.io/pkcs12-password-key': 'lock', 'podcert.io/der': 'true' });
      /** As kubelet sends them: one token in the context, one in the secrets. */
      const sent = (volume: InlineVolume): InlineVolume =>
        volume === web
          ? { ...web, attributes: { ...web.attributes, ...tokens(secrets.newToken(field)) }, secrets: { more: secrets.unasked } }
          : { ...db, secrets: { lock: secrets.passwordOfSecret, more: secrets.unasked, ...tokens(secrets.newToken(field)) } };
      const attempt = async (call: Promise<unknown>) => told?.push(await call.catch((error: unknown) => error));
      const see = () => {
        for (const volume of [web, db]) {
          const keyPem = readFileSync(join(field.kubelet.targetPath(volume), 'tls.key'), 'utf8');
          secrets.keys.set(`${field.read(volume).serial} of ${volumeIdOf(volume)}`, keyPem);
        }
      };

      const started = Promise.all([web, db].map((volume) => startPod(field, sent(volume))));
      told?.push(...(await field.time.at(20, started)).flat());
      assert.match(told?.join('\n') ?? '', /not yet.*not now|not now.*not yet/s);
      assert.match(told?.join('\n') ?? '', /isCA|CA:TRUE|CA certificate/i);
      see();
      const wrong = { ...sent(web), name: 'wrong' };
      await attempt(
        field.kubelet.publish({
          ...wrong,
          attributes: { ...wrong.attributes, 'csi.cert-manager.io/pkcs12-password': `${secrets.password}\n` },
        }),
      );
      await attempt(
        field.kubelet.publish({ ...wrong, attributes: { ...wrong.attributes, 'podcert.io/nothing': secrets.password.slice(0, 1) } }),
      );
      await attempt(field.kubelet.publish({ ...wrong, secrets: { [TOKENS_KEY]: `{"":{"token":"${secrets.newToken(field)}` } }));
      await attempt(field.kubelet.publish({ ...wrong, secrets: tokens(secrets.newToken(field), -1) }));
      await attempt(field.kubelet.publish({ ...sent(db), secrets: { ...sent(db).secrets, lock: `${secrets.passwordOfSecret}\0` } }));

      const fillers = [web, db].map((volume) => fill(join(field.home.volumes, volumeIdOf(volume))));
      for (const volume of [web, db]) await passUntil(field, volume, 'renewal-failed');
      for (const filler of fillers) rmSync(filler);
      for (const volume of [web, db]) await passUntil(field, volume, 'renewed');
      see();
      for (const end of [() => field.stop(), () => field.driver.kill()]) {
        events?.push(...field.driver.journal.events);
        await end();
        assert.ok(await field.start());
        for (const volume of [web, db]) await field.kubelet.publish(sent(volume));
        for (const volume of [web, db]) await passUntil(field, volume, 'renewed');
        see();
      }

      const all = secrets.all();
      assert.ok(all.filter(({ kind }) => kind === 'key').length >= 5);
      let places = 0;
      for (const [place, text] of await sayings(field, events ?? [], told ?? [])) {
        places += 1;
        for (const { name, texts } of all)
          for (const trace of texts) assert.equal(text.includes(trace), false, `${place} gives away ${name}`);
      }
      const found = new Set<string>();
      for (const path of filesBelow(dirname(field.home.root))) {
        places += 1;
        const bytes = readFileSync(path);
        for (const { kind, name, ...traces } of all) {
          if (![...traces.texts, ...traces.bytes].some((trace) => bytes.includes(trace))) continue;
          assert.ok(isItsPlace(kind, path), `${path} gives away ${name}`);
          found.add(kind);
        }
      }
      assert.deepEqual([...found].toSorted(), ['key', 'password'], 'the search finds what is there');

      for (const volume of [web, db]) await field.kubelet.unpublish(volume);
      for (const path of filesBelow(dirname(field.home.root))) {
        const bytes = readFileSync(path);
        for (const { name, texts } of all) assert.ok(!texts.some((trace) => bytes.includes(trace)), `${path} still has ${name}`);
      }
      report(context, {
        injected:
          'two pods with keystores and tokens at log level 9: a request denied, failed, a certificate refused, wrong attributes, secrets and tokens, a full disk, renewals, SIGTERM, SIGKILL',
        rounds: all.length,
        observed: `${all.length} keys, tokens and passwords searched for in ${places} places (log, events, metrics, admin listener, API objects, answers, files) as text, hexadecimal, base64 and bytes: none but in parts, volumes and secrets.json; nothing left after unpublish`,
      });
    });
  }
});
