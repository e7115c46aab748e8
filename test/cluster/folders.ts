import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');

/** Everything that is kept between runs, and while the cluster is up its state. Below it: packages, programs, state. */
export const ROOT = join(CACHE, 'podcert-cluster');

/** What belongs to the cluster that is up; `cluster:down` removes it. */
export const STATE = join(ROOT, 'state');

/** The file that kubectl and the tests are pointed to; of the admin, who may do everything. */
export const KUBECONFIG = join(STATE, 'kubeconfigs', 'admin');

/** Where the node sees ROOT: always here, so that the settings files can name it. */
export const ROOT_INSIDE = '/run/podcert-cluster';

/** Where the node sees STATE. `packages` and `programs` in it are links to those of this run. */
export const STATE_INSIDE = join(ROOT_INSIDE, 'state');

/** The settings files as they stand in the repository. */
export const SETTINGS = join(import.meta.dirname, 'settings');

/** Our Go programs. */
export const PROGRAM_SOURCES = join(import.meta.dirname, 'programs');
