import type { TmpfsOptions } from '../ports.ts';

/**
 * The options of a tmpfs as mount(2) takes them (tmpfs(5)). The label is in quotes, since its level may have commas: `s0:c1,c2`.
 * @param hasSelinux without it `context=` is an option that the kernel does not know.
 */
export function tmpfsData({ sizeBytes, inodes, mode, group, selinuxLabel }: TmpfsOptions, hasSelinux: boolean): string {
  const owner = group === undefined ? '' : `,gid=${group}`;
  const label = selinuxLabel === undefined || !hasSelinux ? '' : `,context="${selinuxLabel.text}"`;
  return `size=${sizeBytes},nr_inodes=${inodes},mode=${mode.toString(8)},uid=0${owner}${label}`;
}
