declare const brand: unique symbol;

/** A volume id that is safe as one path component; only {@link parseVolumeId} makes one. */
export type VolumeId = string & { readonly [brand]: 'VolumeId' };

/** 1–128 bytes of `[A-Za-z0-9._-]`, the first alphanumeric (kubelet sends `csi-` and 64 hex digits, other orchestrators other forms). */
export function parseVolumeId(text: string): VolumeId | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text) ? (text as VolumeId) : undefined;
}
