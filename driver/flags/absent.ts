import type { Flag } from './read.ts';
import { wrong } from './values.ts';

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
