import type { View } from './look-around.ts';

/** What a program in a pod is told by the demo: one JSON argument. */
export interface PodArguments {
  /** Where it finds its certificate. */
  readonly folder: string;
  /** Paths of the demo that it must not be able to reach. */
  readonly hidden: readonly string[];
}

/** Also where the server listens, and whether to come without a certificate. */
export interface ClientArguments extends PodArguments {
  readonly port: number;
  readonly serverName: string;
  readonly showsCertificate: boolean;
}

/** What a program in a pod tells the demo, over Node's channel between parent and child. Serials are hexadecimal, as OpenSSL writes them. */
export type PodMessage =
  | { readonly kind: 'view'; readonly view: View }
  | { readonly kind: 'listening'; readonly port: number }
  /** The server took up new files. */
  | { readonly kind: 'reloaded'; readonly serial: string }
  /** The server refused a connection. */
  | { readonly kind: 'refused'; readonly reason: string }
  | Answered
  | { readonly kind: 'failed'; readonly reason: string };

/** A request was answered: whom either side saw. */
export interface Answered {
  readonly kind: 'answered';
  readonly protocol: string;
  readonly serverSerial: string;
  /** From the server's answer: the client's certificate as the server saw it. */
  readonly clientSerial: string;
  readonly clientNames: string;
}

/** @returns `PodArguments`, or what the program was given beyond them. */
export function readArguments(): unknown {
  return JSON.parse(process.argv[2] ?? '');
}

/** Sends the demo a message. */
export function tell(message: PodMessage): void {
  process.send?.(message);
}
