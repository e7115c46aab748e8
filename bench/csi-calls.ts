import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { MethodDefinition } from '@grpc/proto-loader';
import { volumeIdOf, type InlineVolume, type Kubelet } from '../demo/kubelet.ts';
import { nodeService } from '../proto/load.ts';
import { startProgram, type Program } from './program.ts';
import type { Stage } from './stage.ts';

/** One line of what `test/cluster/programs/csi-calls` reads. */
interface Call {
  readonly method: string;
  /** Base64, as Go has bytes in JSON. */
  readonly request: string;
}

/**
 * kubelet's part of a call, in Go as kubelet is: the driver shares the machine with its caller, and one in JavaScript would take
 * more of it than kubelet does. One batch at a time.
 */
export class CsiCalls implements AsyncDisposable {
  readonly #kubelet: Kubelet;
  readonly #socket: string;
  readonly #program: Program;
  readonly #answers: AsyncIterator<string>;

  constructor(stage: Stage, kubelet: Kubelet) {
    this.#kubelet = kubelet;
    this.#socket = join(stage.folder, 'csi.sock');
    this.#program = startProgram(stage, 'csi-calls');
    this.#answers = createInterface({ input: this.#program.stdout })[Symbol.asyncIterator]();
  }

  /** How long each took in milliseconds, at most so many at a time. The folders of targets are there before, as kubelet has it. @throws {Error} where one failed. */
  async publish(volumes: readonly InlineVolume[], atOnce: number = volumes.length): Promise<readonly number[]> {
    for (const volume of volumes) await mkdir(dirname(this.#kubelet.targetPath(volume)), { recursive: true, mode: 0o750 });
    const calls = volumes.map((volume) => callOf(nodeService.NodePublishVolume, this.#kubelet.publishRequest(volume)));
    return this.#perform(calls, atOnce);
  }

  /** All at once. */
  unpublish(volumes: readonly InlineVolume[]): Promise<readonly number[]> {
    const requests = volumes.map((volume) => ({ volumeId: volumeIdOf(volume), targetPath: this.#kubelet.targetPath(volume) }));
    return this.#perform(
      requests.map((request) => callOf(nodeService.NodeUnpublishVolume, request)),
      requests.length,
    );
  }

  /** So many calls at once that do nothing. */
  nothing(count: number): Promise<readonly number[]> {
    return this.#perform(
      Array.from({ length: count }, () => callOf(nodeService.NodeGetCapabilities, {})),
      count,
    );
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#program[Symbol.asyncDispose]();
  }

  async #perform(calls: readonly Call[], atOnce: number): Promise<readonly number[]> {
    this.#program.stdin.write(`${JSON.stringify({ socket: this.#socket, atOnce, calls })}\n`);
    const { done, value } = await this.#answers.next();
    if (done === true) throw new Error('csi-calls has ended');
    const { milliseconds, failure } = JSON.parse(value) as { readonly milliseconds: readonly number[]; readonly failure: string };
    if (failure !== '') throw new Error(failure);
    return milliseconds;
  }
}

function callOf<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Call {
  return { method: method.path, request: method.requestSerialize(request).toString('base64') };
}
