import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Says in the file system at `root` from which Debian packages the files came: their copyright with the licences it names, and
 * their records where distroless images have them, in /var/lib/dpkg/status.d, so that scanners find what there is to patch.
 * @throws {Error} where dpkg knows a file of none.
 */
export async function recordPackages(root: string, files: readonly string[]): Promise<void> {
  const packages = new Set(await Promise.all(files.map(packageOf)));
  for (const name of packages) {
    const { stdout } = await run('dpkg-query', ['--status', name]);
    await write(join(root, 'var/lib/dpkg/status.d', plain(name)), stdout);
    const copyright = join('/usr/share/doc', plain(name), 'copyright');
    const text = await readFile(copyright, 'utf8');
    await write(join(root, copyright), text);
    for (const license of new Set(text.match(/\/usr\/share\/common-licenses\/[\w.-]*\w/g))) {
      await cp(license, join(root, license), { dereference: true });
    }
  }
  await write(join(root, 'etc/os-release'), await readFile('/etc/os-release', 'utf8'));
}

/** A package's name with its architecture, such as `libc6:amd64`. */
async function packageOf(file: string): Promise<string> {
  // Where /lib is a link to /usr/lib, packages still name their files by either.
  const names = file.startsWith('/usr/') ? [file, file.slice('/usr'.length)] : [file, join('/usr', file)];
  for (const name of names) {
    const found = await run('dpkg-query', ['--search', name]).catch(() => undefined);
    const owner = found?.stdout.split(': ')[0];
    if (owner !== undefined) return owner;
  }
  throw new Error(
    `Cannot tell the licence of "${file}": dpkg knows of no package that brought it; make the image on Debian or with the Dockerfile`,
  );
}

function plain(packageName: string): string {
  return packageName.split(':')[0] ?? packageName;
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
