/** What a volume is labelled, and where that can be changed: by a flag of the driver, or by a `context=` in the call's mount_flags. */
export interface SelinuxLabel {
  readonly text: string;
  readonly setBy: '--selinux-context' | 'mount_flags';
}

/**
 * Whether a text is an SELinux context, as `user:role:type` with or without a level (selinux(8)). No other character is let pass: it is
 * written, in quotes, among the options of a mount.
 */
export function isSelinuxLabel(text: string): boolean {
  return text.length <= 1_024 && /^[A-Za-z0-9_.]+:[A-Za-z0-9_.]+:[A-Za-z0-9_.]+(:[A-Za-z0-9_.,:-]+)?$/.test(text);
}
