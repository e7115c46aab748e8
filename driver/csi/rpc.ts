import { status } from '@grpc/grpc-js';
import type { ServerUnaryCall, handleUnaryCall } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { NOT_NEEDED, type Clock } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { traceOf } from '../../node-agent/failure.ts';
import type { Log, LogFields } from '../report/log.ts';
import { statusOfError } from './status.ts';
import type { CallStatus } from './status.ts';

/** By what calls are measured, and where they are reported. */
export interface CallReporting {
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each call that ended: the method's plain name and the name of the gRPC code. */
  readonly countCall: (method: string, code: string, durationMs: number) => void;
}

/** What every call needs, whatever it does. */
export interface CallEnvironment extends CallReporting {
  /** Aborted with an {@link Interruption} when calls still in flight are to end. */
  readonly shutdown: AbortSignal;
}

/** A method as this driver writes it. */
export interface Method<Request, Response> {
  /** Rejects with an `AgentError`, or with `signal.reason` once the caller is gone, its deadline near or the driver shutting down. */
  readonly run: (request: Request, signal: AbortSignal) => Promise<Response>;
  /** Ids and names for the log, picked one by one. */
  readonly subject?: (request: Request) => LogFields;
  /** A call that changes nothing and comes often: logged at debug level while it succeeds, or where it asks for what is not there. */
  readonly routine?: true;
}

/** Why a call's signal was aborted, and what to answer if that is how the call ended. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** kubelet shows our reason only if it arrives before its own deadline does; else it says just DEADLINE_EXCEEDED. */
const ANSWER_BEFORE_DEADLINE_MS = 2_000;

/** @returns `method` as @grpc/grpc-js takes it: a signal in; a status, one log line and one count out. */
export function serve<Request, Response>(
  definition: MethodDefinition<Request, Response>,
  method: Method<Request, Response>,
  environment: CallEnvironment,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void runCall(definition.path, method, call, environment).then((outcome) => {
      if (outcome.kind === 'answered') callback(null, outcome.response);
      // What gRPC calls `details` here is the status's message; its list of details stays empty, as the CSI specification wants.
      else callback({ code: outcome.code, details: outcome.message });
    });
  };
}

type Outcome<Response> =
  | { readonly kind: 'answered'; readonly response: Response }
  /** The stack is that of a bug, see {@link traceOf}; it goes into the log and nowhere else. */
  | ({ readonly kind: 'failed'; readonly stack?: string } & CallStatus);

async function runCall<Request, Response>(
  path: string,
  method: Method<Request, Response>,
  call: ServerUnaryCall<Request, Response>,
  environment: CallEnvironment,
): Promise<Outcome<Response>> {
  const { clock, log, countCall } = environment;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const startedAt = clock.now();
  const ended = new AbortController();
  const outcome = await settle(() => method.run(call.request, signalOf(call, environment, ended.signal)));
  ended.abort(NOT_NEEDED);
  const durationMs = clock.now().getTime() - startedAt.getTime();
  const code = outcome.kind === 'answered' ? 'OK' : status[outcome.code];
  countCall(name, code, durationMs);
  report(log, method.routine === true, outcome, { method: name, ...method.subject?.(call.request), code, durationMs });
  return outcome;
}

async function settle<Response>(run: () => Promise<Response>): Promise<Outcome<Response>> {
  try {
    return { kind: 'answered', response: await run() };
  } catch (error) {
    if (error instanceof Interruption) return { kind: 'failed', code: error.code, message: error.message };
    const failed = { kind: 'failed', ...statusOfError(error) } as const;
    if (error instanceof AgentError) return failed;
    return { ...failed, stack: traceOf(error) };
  }
}

function report(log: Log, isRoutine: boolean, outcome: Outcome<unknown>, fields: LogFields): void {
  if (outcome.kind === 'failed') {
    // kubelet asks for the size of a volume as soon as it knows its pod, before it publishes it.
    const level = isRoutine && outcome.code === status.NOT_FOUND ? 'debug' : 'error';
    log[level]('call failed', { ...fields, error: outcome.message, stack: outcome.stack });
  } else if (isRoutine) log.debug('call', fields);
  else log.info('call', fields);
}

/** Aborted, with an {@link Interruption}, by whichever comes first: the caller going, its deadline coming near, our shutdown. */
function signalOf<Request, Response>(
  call: ServerUnaryCall<Request, Response>,
  { clock, shutdown }: CallEnvironment,
  ended: AbortSignal,
): AbortSignal {
  const interrupted = new AbortController();
  const cancel = () => interrupted.abort(new Interruption(status.CANCELLED, 'The caller has gone'));
  if (call.cancelled) cancel();
  else call.once('cancelled', cancel);
  const remainingMs = new Date(call.getDeadline()).getTime() - clock.now().getTime();
  if (Number.isFinite(remainingMs)) {
    // A caller in a hurry still gets half of its time.
    const waitMs = Math.max(remainingMs - ANSWER_BEFORE_DEADLINE_MS, remainingMs / 2);
    void clock.sleep(waitMs, ended).then(
      () => interrupted.abort(new Interruption(status.UNAVAILABLE, "Not done yet, and the call's deadline is near; call again")),
      () => undefined,
    );
  }
  // Not AbortSignal.any: a listener that a callee forgets would keep its signal as long as the process.
  const shutDown = () => interrupted.abort(shutdown.reason);
  if (shutdown.aborted) shutDown();
  else shutdown.addEventListener('abort', shutDown);
  const detach = () => {
    // gRPC's event comes at the end of every call, also of one that was answered.
    call.off('cancelled', cancel);
    // Not the option `signal`: garbage collection can undo it, and the whole call would stay attached (nodejs/node#63954).
    shutdown.removeEventListener('abort', shutDown);
  };
  ended.addEventListener('abort', detach, { once: true });
  return interrupted.signal;
}
