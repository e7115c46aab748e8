import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Everything that could differ from one machine or day to the next is set (reproducible-builds.org, "Archive metadata"). */
const SAME_EVERYWHERE = [
  '--sort=name',
  '--format=ustar',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  // Whatever the umask under which the sources were checked out.
  '--mode=u=rwX,go=rX',
];

/** Packs what lies in a folder, or one member of it: the same names and contents make the same bytes. Takes GNU tar. */
export async function packFolder(folder: string, archive: string, member = '.'): Promise<void> {
  await promisify(execFile)('tar', [...SAME_EVERYWHERE, '--create', '--file', archive, '--directory', folder, member]);
}
