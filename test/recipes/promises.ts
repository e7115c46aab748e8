import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { Feed } from '../../demo/feed.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import type { CertificateAuthority } from '../support/certificate-authority.ts';
import { identityIn, makeIdentity } from './identities.ts';
import type { Identity, WantedIdentity } from './identities.ts';
import { takeOwnNetwork } from '../support/own-namespaces.ts';
import { askServer, beginHandshake, openServer, SERVER } from './peers.ts';
import type { PodProcess } from './pod-process.ts';
import { openRecipeBench } from './recipe-bench.ts';
import type { RecipeBench } from './recipe-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Side } from './recipe-pods.ts';
import { startClient, WORKERS } from './running-client.ts';
import type { ClientKind } from './running-client.ts';
import { failuresIn, isGood, Stream } from './stream.ts';
import type { Outcome } from './stream.ts';
import { untilGood } from './until-good.ts';

const RENEWALS = 4;
/** How long a recipe may take to take up a renewal. */
const RELOAD_MS = 20_000;
/** More than there are under way when something changes. */
const SOME_REQUESTS = 20;
const CLIENT = 'spiffe://cluster.local/ns/mtls-recipes/sa/client';

/** In what recipes differ, as far as their promises go. */
export interface Recipe {
  /** Its folder. */
  readonly name: string;
  /** Makes what the pods' image has and this machine lacks: by paths there, where it is. */
  readonly image?: () => Promise<ReadonlyMap<string, string>>;
  /** Replaces variables of the pods' environment, where waiting as long as in a cluster would take too long. */
  readonly env?: Readonly<Record<string, string>>;
  readonly client: ClientKind;
  /** Whether a connection that was open before a renewal goes on after it. */
  readonly keepsConnections: boolean;
  /** How long its server lets somebody begin a handshake, where the recipe says so. */
  readonly patienceMs?: number;
  /** How a client is turned away whose certificate is of our CA, but of another name. */
  readonly otherName: 403 | 'handshake';
  /** The same for a client whose certificate is of another CA, or who has none. */
  readonly otherCa: 400 | 'handshake';
}

/** The tests that every recipe must pass, with the very files that its page shows. */
export function describeRecipe(recipe: Recipe): void {
  describe(`the recipe for ${recipe.name}`, () => {
    let bench: RecipeBench;
    let other: CertificateAuthority;
    const folder = temporaryFolder('recipe');
    const undo = new AsyncDisposableStack();
    after(() => undo.disposeAsync());
    before(async () => {
      // First what may have to be fetched: a network of our own leads nowhere.
      const image = (await recipe.image?.()) ?? new Map<string, string>();
      takeOwnNetwork();
      // Hooks of a hook end with it, so that the bench gets a context that ends with the suite.
      bench = await openRecipeBench({ after: (end) => undo.defer(end as () => Promise<void>) }, { recipe: recipe.name, folder, image });
      other = await createCertificateAuthority({ name: 'Other CA' });
    });
    describeServer(recipe, () => ({ bench, other }));
    describeClient(recipe, () => ({ bench, other }));
    it('talks with itself as server and client, and no request fails while certificates of both are renewed', () => talk(recipe, bench));
  });
}

type World = () => { readonly bench: RecipeBench; readonly other: CertificateAuthority };

function describeServer(recipe: Recipe, world: World): void {
  describe('as server', () => {
    let server: PodProcess;
    before(async () => {
      server = world().bench.start('server', recipe.env);
      await untilGood(server, () => askBy(identityOf(world, 'client')));
    });
    after(() => server[Symbol.asyncDispose]());
    it('shows each new certificate, and no request fails while certificates of both sides are renewed', async () => {
      const { bench } = world();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      await using stream = new Stream(WORKERS, () => askBy(identityOf(world, 'client')));
      const identity = identityOf(world, 'client');
      const first = await askServer(identity, agent);
      assert.equal(first.serial, bench.serial('server'));
      // Always in use: a server may end a connection that waits for its next request.
      await using kept = new Stream(recipe.keepsConnections ? 1 : 0, () => askBy(identity, agent));
      const serials = new Set([first.serial]);
      for (let renewal = 1; renewal <= RENEWALS; renewal += 1) {
        await bench.renew('client');
        const serial = await bench.renew('server');
        serials.add(serial);
        await stream.outcomes.expect({ what: 'an answer with the new certificate', pick: answerBy(serial), withinMs: RELOAD_MS });
        if (recipe.keepsConnections) await expectSome(kept.outcomes);
      }
      await kept[Symbol.asyncDispose]();
      agent.destroy();
      assert.deepEqual([...new Set(kept.outcomes.items.map(({ serial }) => serial))], recipe.keepsConnections ? [first.serial] : []);
      assert.equal(serials.size, RENEWALS + 1);
      assert.deepEqual([...failuresIn(stream.outcomes), ...failuresIn(kept.outcomes)], []);
    });

    it('lets in the client that is meant, and nobody else', async () => {
      const { bench, other } = world();
      const ca = bench.authority.rootPem;
      assert.equal((await askServer(identityOf(world, 'client'))).status, 200);
      const namesake = await makeIdentity(bench.authority, { subject: 'CN=client.other', names: [{ type: 'url', value: `${CLIENT}-2` }] });
      await assertRefused(namesake, recipe.otherName);
      const forger = await makeIdentity(
        other,
        { subject: 'CN=client.mtls-recipes', names: [{ type: 'url', value: CLIENT }] },
        bench.authority,
      );
      await assertRefused(forger, recipe.otherCa);
      await assertRefused({ ca }, recipe.otherCa);
    });

    it('believes the new CA that a renewal brings, and the old one no more, not even by a session of before', async () => {
      const { bench, other } = world();
      const meant: WantedIdentity = { subject: 'CN=client.mtls-recipes', names: [{ type: 'url', value: CLIENT }] };
      const next = await makeIdentity(other, meant);
      const old = { ...(await makeIdentity(bench.authority, meant)), ca: bench.authority.rootPem + other.rootPem };
      // It opens a connection for each request, and resumes the session of the one before where the server gave one.
      const resuming = new Agent({ keepAlive: false });
      assert.equal((await askServer(old, resuming)).status, 200);
      await bench.renewBy(other, 'server');
      await untilGood(server, () => askBy(next));
      // Where a process takes the place of another, both take connections for a moment.
      const isRefused = (agent?: Agent) => assertRefused(old, recipe.otherCa, agent).then(() => ({ isGood: true, what: 'refused' }));
      await untilGood(server, () => isRefused());
      await untilGood(server, () => isRefused(resuming));
      await bench.renew('server');
    });

    const { patienceMs } = recipe;
    if (patienceMs === undefined) return;
    it('hangs up on somebody who does not go on with the handshake', async () => {
      const socket = await beginHandshake();
      await once(socket.resume(), 'close', { signal: AbortSignal.timeout(2 * patienceMs) });
    });
  });
}

function describeClient(recipe: Recipe, world: World): void {
  describe('as client', () => {
    let outcomes = new Feed<Outcome>();
    const stack = new AsyncDisposableStack();
    before(async () => {
      await using _server = await openServer(() => identityOf(world, 'server'));
      outcomes = stack.use(await startClient(world().bench, recipe.client, recipe.env ?? {})).outcomes;
    });
    after(() => stack.disposeAsync());

    it('shows each new certificate, and no request fails while certificates of both sides are renewed', async () => {
      const { bench } = world();
      await using server = await openServer(() => identityOf(world, 'server'));
      await outcomes.expect({ what: 'an answer', pick: isGood, from: outcomes.items.length, withinMs: RELOAD_MS });
      // Those that began before there was a server.
      await expectSome(outcomes);
      const from = outcomes.items.length;
      const serials = new Set([bench.serial('client')]);
      for (let renewal = 1; renewal <= RENEWALS; renewal += 1) {
        await bench.renew('server');
        const serial = await bench.renew('client');
        serials.add(serial);
        const pick = (shown: string) => (shown === serial ? shown : undefined);
        await server.requests.expect({ what: 'a request with the new certificate', pick, withinMs: RELOAD_MS });
      }
      await expectSome(outcomes);
      assert.equal(serials.size, RENEWALS + 1);
      assert.deepEqual(failuresIn(outcomes, from), []);
    });

    for (const { name, dns, isOther } of [
      { name: 'of another name', dns: 'server.other.svc', isOther: false },
      { name: 'of another CA', dns: SERVER.servername, isOther: true },
    ]) {
      it(`asks nothing of a server ${name}`, async () => {
        const { bench, other } = world();
        const impostor = await makeIdentity(
          isOther ? other : bench.authority,
          { subject: `CN=${dns}`, names: [{ type: 'dns', value: dns }] },
          bench.authority,
        );
        await using server = await openServer(() => impostor);
        const from = outcomes.items.length;
        await expectSome(outcomes);
        assert.deepEqual(server.requests.items, []);
        assert.ok(failuresIn(outcomes, from).length >= SOME_REQUESTS - WORKERS);
      });
    }

    it('believes the new CA that a renewal brings', async () => {
      const { bench, other } = world();
      const next = await makeIdentity(other, { subject: 'CN=server', names: [{ type: 'dns', value: SERVER.servername }] });
      await using server = await openServer(() => next);
      await bench.renewBy(other, 'client');
      await outcomes.expect({ what: 'an answer', pick: isGood, from: outcomes.items.length, withinMs: RELOAD_MS });
      assert.equal(server.requests.items[0], bench.serial('client'));
    });
  });
}

async function talk(recipe: Recipe, bench: RecipeBench): Promise<void> {
  await bench.renew('client');
  const askServerBy = (serial: string) => async (): Promise<Outcome> => {
    const outcome = await askBy(identityIn(bench.target('client')));
    return { ...outcome, isGood: outcome.isGood && outcome.serial === serial };
  };
  await using server = bench.start('server', recipe.env);
  await untilGood(server, askServerBy(bench.serial('server')));
  await using client = await startClient(bench, recipe.client, recipe.env ?? {});
  for (let renewal = 1; renewal <= RENEWALS; renewal += 1) {
    await bench.renew('client');
    await untilGood(server, askServerBy(await bench.renew('server')));
    await expectSome(client.outcomes);
  }
  assert.deepEqual(failuresIn(client.outcomes), []);
}

async function askBy(identity: Identity, agent?: Agent): Promise<Outcome> {
  const { status, serial, body } = await askServer(identity, agent);
  return { isGood: status === 200, what: `${status} ${body}`, serial };
}

/** What a pod's volume has at the moment. */
function identityOf(world: World, side: Side): Identity {
  return identityIn(world().bench.target(side));
}

function answerBy(serial: string): (outcome: Outcome) => Outcome | undefined {
  return (outcome) => (outcome.serial === serial ? outcome : undefined);
}

/** Waits until so many more requests have ended that none of them can have begun before. */
async function expectSome(outcomes: Feed<Outcome>): Promise<void> {
  let left = SOME_REQUESTS;
  const pick = (outcome: Outcome) => ((left -= 1) <= 0 ? outcome : undefined);
  await outcomes.expect({ what: `${SOME_REQUESTS} more requests`, pick, from: outcomes.items.length, withinMs: RELOAD_MS });
}

async function assertRefused(identity: Identity, how: number | 'handshake', agent?: Agent): Promise<void> {
  if (how === 'handshake') await assert.rejects(askServer(identity, agent), isTlsRefusal);
  else assert.equal((await askServer(identity, agent)).status, how);
}

/** An alert; or a connection that went away before the alert was read. */
function isTlsRefusal({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^(?:ERR_SSL_|ECONNRESET|EPIPE)/.test(code);
}
