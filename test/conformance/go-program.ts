import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** csi-sanity, Kubernetes' own test of CSI drivers; it covers CSI 1.13. */
export const CSI_SANITY = { module: 'github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity', version: 'v5.6.0' } as const;

/** A Go program of somebody else. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
}

/** Where a Go program is, once it has been built. */
export function goProgramPath({ module, version }: GoProgram): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const name = module.slice(module.lastIndexOf('/') + 1);
  return join(cache, 'podcert', `${name}-${version}`, name);
}

/**
 * The path of a Go program, built once and kept in the user's cache, outside of the repository.
 * @throws {Error} where there is no Go, or it cannot fetch or build the program.
 */
export function goProgram({ module, version }: GoProgram): string {
  const program = goProgramPath({ module, version });
  if (existsSync(program)) return program;
  const name = basename(program);
  process.stdout.write(`building ${name} ${version}, once\n`);
  try {
    // `go install` puts the program there in one step, once it is whole.
    execFileSync('go', ['install', `${module}@${version}`], {
      env: { ...process.env, GOBIN: dirname(program) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no program `go`; install Go from go.dev' : 'see above';
    throw new Error(`Cannot build ${name}: ${why}`, { cause });
  }
  return program;
}
