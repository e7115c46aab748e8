/** What an issuer handed over for one key. */
export interface Issued {
  /** Leaf first, then the chain as issued; PEM. */
  readonly chainPem: string;
  /** The issuer's own CA as it gave it, possibly empty; PEM. */
  readonly issuerCaPem: string;
}

/** All that the files of a volume are made from. */
export interface Contents extends Issued {
  readonly keyPem: string;
}

/** What a combined file is put together from: the key, the certificate, the chain above it, and the CA of `ca.crt`. */
export const COMBINED_PARTS = ['key', 'leaf', 'chain', 'ca'] as const;

/** One of {@link COMBINED_PARTS}. */
export type CombinedPart = (typeof COMBINED_PARTS)[number];

/** How PKCS #12 files are encrypted: by AES-256 and SHA-256, or by 3DES and SHA-1 for programs that know nothing newer. */
export const KEYSTORE_PROFILES = ['Modern', 'Legacy'] as const;

/** One of {@link KEYSTORE_PROFILES}. */
export type KeystoreProfile = (typeof KEYSTORE_PROFILES)[number];

/** PKCS #12 files and what opens them. The password is a secret: it is never shown. */
export interface Keystores {
  /** Key, certificate and chain. */
  readonly file: string;
  /** The CA to trust. */
  readonly truststoreFile?: string;
  readonly password: string;
  readonly profile: KeystoreProfile;
}

/** Which files a volume has, what they are called, and who may read them. */
export interface FileSpec {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly caFile: string;
  /** The chain without the certificate itself. */
  readonly chainFile?: string;
  readonly combined?: { readonly file: string; readonly order: readonly CombinedPart[] };
  /** Key and certificate once more, in DER. */
  readonly der?: { readonly keyFile: string; readonly certificateFile: string };
  readonly keystores?: Keystores;
  /** Permission bits, such as 0o440. A file that holds a key never has those of others. */
  readonly mode: number;
  /** The group id of files and top directory; absent: root's. */
  readonly fsGroup?: number;
}

/** One file of a set. Names are plain: no slash, no leading `..`. */
export interface VolumeFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Permission bits, such as 0o440. */
  readonly mode: number;
}

/** The files of one generation, all of which appear together. */
export type FileSet = readonly VolumeFile[];
