import type { MountEntry } from '../ports.ts';

/** The source that our tmpfs mounts show in mountinfo, so that they can be told from anybody else's. */
export const MOUNT_SOURCE = 'podcert';

/** Parses the text of /proc/self/mountinfo (proc_pid_mountinfo(5)); a line it does not understand is left out. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): MountEntry | undefined {
  // 36 35 98:0 /root /mount/point rw,noatime [optional fields] - tmpfs source rw,size=4k
  const [before, after] = line.split(' - ');
  const [, , device, root, mountPoint, options] = before?.split(' ') ?? [];
  const [fileSystem, source] = after?.split(' ') ?? [];
  if (!device || !root || !mountPoint || !options || !fileSystem || source === undefined) return undefined;
  return {
    device,
    root: unescape(root),
    mountPoint: unescape(mountPoint),
    readOnly: options.split(',').includes('ro'),
    fileSystem,
    source: unescape(source),
  };
}

/** The kernel writes space, tab, newline and backslash as three octal digits, byte by byte. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Whether something of ours is mounted at `path`. */
export function isOurs(entry: MountEntry, path: string): boolean {
  return entry.mountPoint === path && entry.fileSystem === 'tmpfs' && entry.source === MOUNT_SOURCE;
}
