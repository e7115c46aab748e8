import { cp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, filesAsInputs } from './cache.ts';
import { runCommand } from './command.ts';
import { ClusterFailure } from './failure.ts';
import { PROGRAM_SOURCES } from './folders.ts';

/** The names that the program `kubernetes` goes by. */
const KUBERNETES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'];
const CERT_MANAGER_MODULE = 'github.com/cert-manager/cert-manager';

/**
 * Builds what is in `programs/` (minutes the first time, seconds with a warm Go cache) and keeps it until a source or the compiler changes.
 * @returns the folder with all programs in `bin/` and cert-manager's CustomResourceDefinitions in `crds/`.
 * @throws {ClusterFailure} with the compiler's words.
 */
export async function preparePrograms(signal: AbortSignal): Promise<string> {
  const go = (...args: string[]): Promise<string> =>
    // Without cgo all are static, so that one of them can be an image of its own.
    runCommand(['go', ...args], { cwd: PROGRAM_SOURCES, env: { ...process.env, CGO_ENABLED: '0' } }, signal);
  const stamp = versionStamp(await readFile(join(PROGRAM_SOURCES, 'go.mod'), 'utf8'));
  const inputs = [await go('version'), process.arch, stamp, ...KUBERNETES, ...(await filesAsInputs(PROGRAM_SOURCES))];
  return cached('programs', inputs, async (folder) => {
    console.log('building Kubernetes and cert-manager, which takes some minutes the first time');
    const bin = join(folder, 'bin');
    await go('build', '-trimpath', `-ldflags=-s -w ${stamp}`, '-o', `${bin}/`, './...');
    for (const name of KUBERNETES) await symlink('kubernetes', join(bin, name));
    const module = (await go('list', '-m', '-f', '{{.Dir}}', CERT_MANAGER_MODULE)).trim();
    await cp(join(module, 'deploy', 'crds'), join(folder, 'crds'), { recursive: true });
  });
}

/** The linker flags that tell Kubernetes its version: in a module build it does not know. */
function versionStamp(goMod: string): string {
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod) ?? [];
  if (version === undefined) throw new ClusterFailure('test/cluster/programs/go.mod does not say which k8s.io/kubernetes it takes');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}
