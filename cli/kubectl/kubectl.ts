import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { CliFailure } from '../failure.ts';
import type { Flag } from '../flags.ts';
import { KUBECTL_FLAGS } from '../flags.ts';
import type { Values } from '../values.ts';
import { endChild, startChild, type Child } from './children.ts';
import { noKubectl, readFailure } from './kubectl-failure.ts';

/*
 * The cluster is reached through the user's own kubectl: every kubeconfig rule, credential plugin, proxy and flag means what it means there,
 * by the version that the user trusts, and this program never holds a credential. A Kubernetes client in this file instead would
 * make it thirty times as large, need a newer Node.js than Node 20, and do all of that a second time and a little differently.
 */

/** The user's kubectl with the user's flags. */
export class Kubectl {
  readonly #program: string;
  /** Those of {@link KUBECTL_FLAGS} that were given, as kubectl takes them. */
  readonly #flags: readonly string[];
  readonly #timeout: string;

  constructor(values: Values, environment: Readonly<Record<string, string | undefined>>) {
    this.#program = environment['KUBECTL'] || 'kubectl';
    const names = Object.keys(KUBECTL_FLAGS).filter((name) => name !== 'request-timeout');
    this.#flags = names.flatMap((name) => values.all(name).map((value) => `--${name}=${value}`));
    this.#timeout = `--request-timeout=${values.text('request-timeout') ?? (KUBECTL_FLAGS['request-timeout'] as Flag).fallback}`;
  }

  /** What the API has at a path. @throws {KubectlFailure} */
  async get<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
    return parse(path, await this.run(`get ${path}`, ['get', this.#timeout, `--raw=${path}`], signal)) as Answer;
  }

  /** What the API answers to an object that is made at a path, such as a review. @throws {KubectlFailure} */
  async create<Answer>(path: string, object: object, signal: AbortSignal): Promise<Answer> {
    const args = ['create', this.#timeout, `--raw=${path}`, '--filename=-'];
    return parse(path, await this.run(`create ${path}`, args, signal, JSON.stringify(object))) as Answer;
  }

  /** Runs it to its end. @param couldNot what completes "Cannot …". @returns what it prints. @throws {KubectlFailure} */
  async run(couldNot: string, args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
    signal.throwIfAborted();
    // A credential plugin may ask its user for something.
    const child = this.#start(args, input === undefined ? 'inherit' : 'pipe');
    const end = () => void endChild(child);
    signal.addEventListener('abort', end, { once: true });
    try {
      // One that ends early says why by its status.
      const { stdin, stdout: out, stderr: err } = child.process;
      stdin?.on('error', () => {}).end(input);
      const [stdout, stderr, [status]] = await Promise.all([text(out!), text(err!), once(child.process, 'close')]);
      signal.throwIfAborted();
      if (status !== 0) throw readFailure(couldNot, stderr);
      return stdout;
    } catch (error) {
      signal.throwIfAborted();
      if (isSystemError(error)) throw noKubectl(this.#program, error);
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** Starts one that forwards a port until it is ended; without a time limit, which would be one for the whole stream. */
  forward(namespace: string, pod: string, port: number): Child {
    return this.#start(['port-forward', `--namespace=${namespace}`, '--address=127.0.0.1', `pod/${pod}`, `:${port}`], 'ignore');
  }

  /** The namespace that the kubeconfig's context has, or `default`. @throws {KubectlFailure} */
  async currentNamespace(signal: AbortSignal): Promise<string> {
    const name = await this.run('read the kubeconfig', ['config', 'view', '--minify', '--output=jsonpath={..namespace}'], signal);
    return name.trim() || 'default';
  }

  #start(args: readonly string[], stdin: 'inherit' | 'ignore' | 'pipe'): Child {
    // Whoever is asked for something must have the terminal, which another process group has not.
    return startChild(this.#program, [...args, ...this.#flags], { stdio: [stdin, 'pipe', 'pipe'], hasOwnGroup: stdin === 'ignore' });
  }
}

function parse(path: string, json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new CliFailure(`Cannot get ${path}: what kubectl printed is no JSON`, undefined, { cause: error });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn');
}
