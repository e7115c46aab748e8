import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { toFailure } from '../../node-agent/failure.ts';
import { registrationService } from '../../proto/load.ts';
import { openGrpcSocket } from './grpc-socket.ts';
import type { GrpcSocket } from './grpc-socket.ts';
import { serve } from './rpc.ts';
import type { CallEnvironment, CallReporting } from './rpc.ts';

/** Where kubelet is to find the driver, and what it is told there. */
export interface RegistrationOptions extends CallReporting {
  /** Where to be found: in kubelet's folder plugins_registry, as this process sees it. */
  readonly socketPath: string;
  readonly driverName: string;
  /** The path of `csi.sock` as kubelet sees it. */
  readonly endpoint: string;
  /** Told when kubelet is asked to register the driver, and of each of its answers, also those of a kubelet that was started anew. */
  readonly noteRegistration: (isRegistered: boolean) => void;
}

/** How often the socket is looked for: kubelet's folder may be emptied or made anew under us. */
const CHECK_MS = 10_000;
/** After a refusal the socket is made again at the next check, then after twice as long, and so on up to this. */
const MAX_BACKOFF_MS = 5 * MINUTE_MS;
/** kubelet gives its notification 5 s. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Keeps the driver registered with kubelet until the signal is aborted, then takes the socket away. Call it once `csi.sock`
 * serves: kubelet asks there before it notifies. Ends at once, with a log line, where there is no such folder.
 */
export async function keepRegistered(options: RegistrationOptions, signal: AbortSignal): Promise<void> {
  const { socketPath, log, clock } = options;
  const registrationDir = dirname(socketPath);
  if (!(await isDirectory(registrationDir))) {
    log.info('no registration with kubelet: there is no such folder; a node-driver-registrar has to do it', { registrationDir });
    return;
  }
  const desk = new RegistrationDesk(options);
  try {
    while (!signal.aborted) {
      await desk.check();
      await clock.sleep(CHECK_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await desk.close();
  }
}

/** The socket at which kubelet asks, as it should be at this moment. */
class RegistrationDesk {
  readonly #options: RegistrationOptions;
  #socket: GrpcSocket | undefined;
  #refusals = 0;
  #remakeAt: Date | undefined;
  #trouble = '';

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Makes the socket, or makes it again where it is gone or where kubelet, which asks a socket only once, refused. */
  async check(): Promise<void> {
    const isDue = this.#remakeAt !== undefined && this.#remakeAt <= this.#options.clock.now();
    try {
      if (!isDue && (await this.#socket?.isInPlace()) === true) return;
      await this.close();
      this.#remakeAt = undefined;
      // Before kubelet can find the socket, and also where none can be made.
      this.#options.noteRegistration(false);
      const desk = { definition: registrationService, implement: (environment: CallEnvironment) => this.#implement(environment) };
      this.#socket = await openGrpcSocket(this.#options.socketPath, [desk], this.#options);
      this.#trouble = '';
      this.#options.log.info('waiting for kubelet to register the driver', { path: this.#options.socketPath });
    } catch (error) {
      this.#complain(toFailure(error).message);
    }
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close(CLOSE_GRACE_MS);
  }

  #implement(environment: CallEnvironment): UntypedServiceImplementation {
    const { driverName: name, endpoint } = this.#options;
    const { GetInfo, NotifyRegistrationStatus } = registrationService;
    return {
      GetInfo: serve(
        GetInfo,
        { routine: true, run: async () => ({ type: 'CSIPlugin', name, endpoint, supportedVersions: ['1.0.0'] }) },
        environment,
      ),
      NotifyRegistrationStatus: serve(
        NotifyRegistrationStatus,
        {
          routine: true,
          run: async ({ pluginRegistered, error }) => {
            this.#take(pluginRegistered, error);
            return {};
          },
        },
        environment,
      ),
    };
  }

  #take(isRegistered: boolean, error: string): void {
    const { clock, log, noteRegistration } = this.#options;
    noteRegistration(isRegistered);
    if (isRegistered) {
      this.#refusals = 0;
      this.#remakeAt = undefined;
      log.info('kubelet registered the driver');
      return;
    }
    const backoffMs = Math.min(CHECK_MS * 2 ** this.#refusals, MAX_BACKOFF_MS);
    this.#refusals += 1;
    this.#remakeAt = new Date(clock.now().getTime() + backoffMs);
    log.error('kubelet refused to register the driver', { error: error.slice(0, 1_000), retryInMs: backoffMs });
  }

  /** Says a lasting trouble once. */
  #complain(trouble: string): void {
    if (trouble !== this.#trouble) this.#options.log.error('cannot offer the driver to kubelet; trying again', { error: trouble });
    this.#trouble = trouble;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
