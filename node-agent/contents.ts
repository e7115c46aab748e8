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

/** The names of a volume's files and the group that may read them. */
export interface FileSpec {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly caFile: string;
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
