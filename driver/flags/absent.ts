import type { Flag, Reading } from './read.ts';
import { readDuration, readDurationOrNone, readNumber, readSwitch, wrong } from './values.ts';

/** The peer's flags whose features this version has not got: taken at their default, refused otherwise, never ignored. */
export const LATER_FLAGS = {
  'continue-on-not-ready': later('Let a pod start before its readiness gates pass.', 'false', readSwitch, {
    cure: 'leave it out; a pod starts once its certificate is there',
  }),
  'pod-readiness-gate': {
    group: 'later',
    about: 'Ask for a certificate only once the pod meets this.',
    argument: '<gate>',
    repeatable: true,
    read: () => notYet('leave it out; a certificate is asked for as soon as the pod is on the node'),
  },
  'gate-backoff-duration': later('The first wait between two looks at the gates.', '1s', readDuration, { argument: '<duration>' }),
  'gate-backoff-factor': later('By how much each wait grows.', '2.0', readNumber, { argument: '<number>' }),
  'gate-backoff-jitter': later('The random part of each wait.', '0.5', readNumber, { argument: '<number>' }),
  'gate-backoff-cap': later('The longest wait, 0 for none.', '10s', readDurationOrNone, { argument: '<duration>' }),
} satisfies Record<string, Flag<unknown>>;

const USE_KUBECONFIG = 'write it into a kubeconfig file and give --kubeconfig, and --context for one of its contexts';

/** kubectl's connection flags, which the peer takes: a kubeconfig file says all of it, and keeps secrets off the command line. */
export const REFUSED_FLAGS = {
  server: refused('<url>', { letter: 's' }),
  token: refused('<token>', { secret: true }),
  username: refused('<name>'),
  password: refused('<password>', { secret: true }),
  user: refused('<name>'),
  cluster: refused('<name>'),
  as: refused('<name>'),
  'as-group': refused('<name>', { repeatable: true }),
  'as-uid': refused('<uid>'),
  'as-user-extra': refused('<key>=<value>', { repeatable: true }),
  'client-certificate': refused('<file>'),
  'client-key': refused('<file>'),
  'certificate-authority': refused('<file>'),
  'tls-server-name': refused('<name>'),
  'insecure-skip-tls-verify': refused(undefined),
  'disable-compression': refused(undefined, { cure: 'leave it out; answers are small' }),
  'cache-dir': refused('<directory>', { cure: 'leave it out; nothing is cached on disk' }),
  'request-timeout': refused('<duration>', { cure: 'leave it out; each call has a deadline of its own' }),
  namespace: refused('<name>', { letter: 'n', cure: "leave it out; a request is made in its pod's namespace" }),
} satisfies Record<string, Flag<unknown>>;

interface LaterOptions {
  readonly argument?: string;
  readonly cure?: string;
}

function later<Value>(about: string, fallback: string, read: (text: string) => Reading<Value>, options: LaterOptions) {
  const { cure = `leave it out, or at its default ${fallback}`, ...shape } = options;
  const harmless = read(fallback);
  return {
    group: 'later' as const,
    about,
    fallback,
    ...shape,
    read(text: string): Reading<Value> {
      const reading = read(text);
      const isHarmless = reading.kind === 'wrong' || (harmless.kind === 'value' && reading.value === harmless.value);
      return isHarmless ? reading : notYet(cure);
    },
  };
}

function notYet(cure: string): Reading<never> {
  return wrong('is not supported in this version', cure);
}

interface RefusedOptions {
  readonly cure?: string;
  readonly letter?: string;
  readonly repeatable?: true;
  readonly secret?: true;
}

function refused(argument: string | undefined, options: RefusedOptions = {}): Flag<never> {
  const { cure = USE_KUBECONFIG, ...shape } = options;
  const argumentOrSwitch = argument === undefined ? {} : { argument };
  return { group: 'refused', about: cure, ...argumentOrSwitch, ...shape, read: () => wrong('is not taken by this driver', cure) };
}
