import type { Child } from './child.ts';
import { startDriver } from './driver-process.ts';
import type { LogLine } from './driver-process.ts';
import { Kubelet } from './kubelet.ts';
import type { Narrator } from './narrator.ts';
import type { NodeFolder } from './node-folder.ts';
import { startPod } from './pod-process.ts';
import type { PodProgram } from './pod-process.ts';
import type { PodArguments, PodMessage } from './pod-messages.ts';
import type { Pod } from './pods.ts';

/** How much of the driver's log is worth reading where something failed. */
const LOG_LINES = 10;

/** What every act of the story works with: the node's folder, kubelet, and all processes there are. */
export class Stage {
  readonly folder: NodeFolder;
  readonly narrator: Narrator;
  readonly kubelet: Kubelet;
  readonly #children: Child<unknown>[] = [];
  #driver: Child<LogLine> | undefined;
  #isCleared = false;

  constructor(folder: NodeFolder, narrator: Narrator) {
    this.folder = folder;
    this.narrator = narrator;
    this.kubelet = new Kubelet({ socketPath: folder.socket, rootDir: folder.kubelet });
  }

  /** Every process that was started and has not ended. */
  get running(): readonly Child<unknown>[] {
    return this.#children.filter((child) => child.isRunning);
  }

  /** How many processes were started. */
  get started(): number {
    return this.#children.length;
  }

  /** The end of the log of the driver that was started last. */
  get lastLogLines(): readonly string[] {
    return (this.#driver?.feed.items ?? []).slice(-LOG_LINES).map((line) => JSON.stringify(line));
  }

  startDriver(): Child<LogLine> {
    this.#driver = this.#keep(startDriver(this.folder, (line) => this.narrator.detail('driver', line)));
    return this.#driver;
  }

  async startPod<Arguments extends PodArguments>(program: PodProgram<Arguments>): Promise<Child<PodMessage>> {
    return this.#keep(await startPod(this.folder, program));
  }

  /** Where the pod's volume is on the node. */
  target({ volume }: Pod): string {
    return this.kubelet.targetPath(volume);
  }

  /** Ends whatever still runs, and whatever is started from now on, at once. */
  async clear(): Promise<void> {
    this.#isCleared = true;
    await Promise.all(this.running.map((child) => child.stop('SIGKILL')));
  }

  #keep<Item>(child: Child<Item>): Child<Item> {
    this.#children.push(child);
    if (this.#isCleared) void child.stop('SIGKILL');
    return child;
  }
}
