import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FakeWorld } from './fake-cluster.ts';

/*
 * A stand-in for kubectl, started by the program under test: `kubectl <args>` with the file of its world in PODCERT_FAKE_KUBECTL. It writes down how it was
 * called, answers from the world, says what kubectl says, and forwards ports for real.
 */
const folder = process.env['PODCERT_FAKE_KUBECTL']!;
const world = JSON.parse(readFileSync(`${folder}/world.json`, 'utf8')) as FakeWorld;
const args = process.argv.slice(2);
appendFileSync(`${folder}/calls.jsonl`, `${JSON.stringify({ pid: process.pid, args })}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function answer(path: string): void {
  const found = Object.hasOwn(world.objects, path) ? world.objects[path] : undefined;
  if (found === undefined) fail('Error from server (NotFound): the server could not find the requested resource');
  if (typeof found === 'string') fail(found);
  process.stdout.write(JSON.stringify(found));
}

function forward(pod: string): void {
  const way = world.ways[pod];
  if (way === undefined) fail(`Error from server (NotFound): pods "${pod}" not found`);
  if (way.kind === 'fails') fail(way.message);
  if (way.kind === 'hangs') return void setInterval(() => {}, 1e9);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (way.kind !== 'forwards') return;
    const upstream = connect(way.port, way.host ?? '127.0.0.1');
    upstream.on('error', () => {
      process.stderr.write(
        `E1128 10:00:00.000000 1 portforward.go:424] "Unhandled Error" err="an error occurred forwarding 40000 -> 9404: error forwarding port 9404 to pod x, uid : failed to connect to localhost:9404 inside namespace y: dial tcp4 127.0.0.1:9404: connect: connection refused"\nerror: lost connection to pod\n`,
      );
      socket.destroy();
    });
    socket.pipe(upstream).pipe(socket);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(`Forwarding from 127.0.0.1:${typeof address === 'object' ? address?.port : 0} -> 9404\n`);
  });
}

const raw = args.find((arg) => arg.startsWith('--raw='))?.slice('--raw='.length);
if (args[0] === 'port-forward') forward(args.find((arg) => arg.startsWith('pod/'))!.slice('pod/'.length));
else if (args[0] === 'get' && raw !== undefined) answer(raw.replace(/[?&]limit=500/, ''));
else if (args[0] === 'create' && raw !== undefined) {
  const { spec } = JSON.parse(await text(process.stdin)) as { spec: { resourceAttributes: { verb: string; resource: string } } };
  const { verb, resource } = spec.resourceAttributes;
  if (world.reviews === 'forbidden')
    fail(
      'Error from server (Forbidden): subjectaccessreviews.authorization.k8s.io is forbidden: User "u" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope',
    );
  process.stdout.write(JSON.stringify({ status: { allowed: !world.reviews.includes(`${verb} ${resource}`) } }));
} else if (args[0] === 'config' && args[1] === 'view') process.stdout.write(world.namespace);
else if (args[0] === 'config' && args[1] === 'get-contexts') process.stdout.write('prod\nstaging\n');
else fail(`error: unknown command "${args[0]}"`);
