import type { MountEntry } from '../ports.ts';

/** The source that our tmpfs mounts show in mountinfo, so that they can be told from anybody else's. */
export const MOUNT_SOURCE = 'podcert';

/** Where the kernel tells of the mounts that this process sees. */
export const MOUNT_TABLE = '/proc/self/mountinfo';

/** Parses the text of /proc/self/mountinfo (proc_pid_mountinfo(5)); a line it does not understand is left out. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): MountEntry | undefined {
  // 36 35 98:0 /root /mount/point rw,noatime [optional fields] - tmpfs source rw,size=4k
  const [before = '', ...after] = line.split(' - ');
  const [, , device, , mountPoint, options, ...tags] = before.split(' ');
  // The source of a mount may be "-" too.
  const [fileSystem, source, ofFileSystem = ''] = after.join(' - ').split(' ');
  if (!device || !mountPoint || !options || !fileSystem || source === undefined) return undefined;
  return {
    device,
    mountPoint: unescape(mountPoint),
    readOnly: options.split(',').includes('ro'),
    fileSystem,
    source: unescape(source),
    options: ofFileSystem.split(','),
    isShared: tags.some((tag) => tag.startsWith('shared:')),
  };
}

/** The kernel writes space, tab, newline and backslash as three octal digits, byte by byte. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Whether what is mounted below `path` appears on the host as well, as far as this process can see. */
export function isSharedAt(table: readonly MountEntry[], path: string): boolean {
  const holds = ({ mountPoint }: MountEntry) => `${path}/`.startsWith(mountPoint.endsWith('/') ? mountPoint : `${mountPoint}/`);
  const around = table.filter(holds).toSorted((a, b) => b.mountPoint.length - a.mountPoint.length);
  return around[0]?.isShared === true;
}

/** Whether something of ours is mounted at `path`. */
export function isOurs(entry: MountEntry, path: string): boolean {
  return entry.mountPoint === path && entry.fileSystem === 'tmpfs' && entry.source === MOUNT_SOURCE;
}
