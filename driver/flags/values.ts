import { isIPv6 } from 'node:net';
import { posix } from 'node:path';
import { parseGoDuration } from '../../node-agent/go-duration.ts';
import { isSelinuxLabel } from '../../node-agent/selinux-label.ts';
import { isLoopback } from '../http/loopback.ts';
import { MAXIMUM_SOCKET_PATH_BYTES } from '../csi/socket-path.ts';
import type { Reading } from './read.ts';

/** Readers of flag values: text in, a parsed value or what is wrong with it out. */

/** Where an HTTP server listens; without a host on all addresses of the machine. */
export interface ListenAddress {
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Any text but the empty one. */
export function readText(text: string): Reading<string> {
  return text === '' ? wrong('is empty', 'write a value, or leave the flag out') : value(text);
}

/** What Go's strconv.ParseBool takes, as the peer does. */
export function readSwitch(text: string): Reading<boolean> {
  if (/^(1|t|T|true|True|TRUE)$/.test(text)) return value(true);
  if (/^(0|f|F|false|False|FALSE)$/.test(text)) return value(false);
  return wrong('is neither true nor false', 'write true or false');
}

/** Zero or more, of at most nine digits. */
export function readWholeNumber(text: string): Reading<number> {
  return /^\d{1,9}$/.test(text) ? value(Number(text)) : wrong('is not a whole number', 'write one such as 1');
}

/** Zero or more, in decimal with at most nine digits on either side of the point; no exponent. */
export function readNumber(text: string): Reading<number> {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? value(Number(text)) : wrong('is not a number', 'write one such as 1 or 0.5');
}

/** What Go's strconv.ParseFloat takes, infinities and hexadecimal apart; client-go knows a negative rate as no limit. */
export function readRate(text: string): Reading<number> {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? value(Number(text)) : wrong('is not a number', 'write one such as 5 or 0.5');
}

/** What Go's strconv.ParseInt takes in base ten. */
export function readInteger(text: string): Reading<number> {
  return /^[+-]?\d+$/.test(text) ? value(Number(text)) : wrong('is not a whole number', 'write one such as 10');
}

/** A Go duration, in milliseconds; zero and less are wrong. */
export function readDuration(text: string): Reading<number> {
  const durationMs = parseGoDuration(text);
  if (durationMs === undefined) return wrong('is not a duration', 'write numbers with units of h, m, s or ms, such as 720h or 1h30m');
  return durationMs > 0 ? value(durationMs) : wrong('is not positive', 'write a duration above 0');
}

/** As {@link readDuration}, and 0 for none. */
export function readDurationOrNone(text: string): Reading<number> {
  return parseGoDuration(text) === 0 ? value(0) : readDuration(text);
}

/** A node id of the CSI specification (NodeGetInfoResponse.node_id): at most 256 bytes. */
export function readNodeId(text: string): Reading<string> {
  if (text === '') return wrong('is empty', "write the node's name; in a DaemonSet it comes from spec.nodeName");
  return Buffer.byteLength(text) <= 256 ? value(text) : wrong('is longer than 256 bytes', "write the node's name");
}

/** A plugin name of the CSI specification (GetPluginInfoResponse.name): at most 63 of `[A-Za-z0-9.-]`, alphanumeric at both ends. */
export function readDriverName(text: string): Reading<string> {
  if (/^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(text)) return value(text);
  return wrong('is no CSI driver name', 'write at most 63 letters, digits, dots and dashes, a letter or digit first and last');
}

/** `unix:///plugin/csi.sock`, `unix://plugin/csi.sock` (what the peer's chart passes) and `/plugin/csi.sock` are the same path. */
export function readEndpoint(text: string): Reading<string> {
  const path = text.replace(/^unix:\/\//, '');
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) return wrong('is no Unix socket', 'write it as unix:///plugin/csi.sock');
  return readSocketPath(posix.resolve('/', path));
}

/** An absolute, normalised path that a Unix socket fits at. */
export function readSocketPath(text: string): Reading<string> {
  const path = readAbsolutePath(text);
  if (path.kind === 'wrong') return path;
  const sizeBytes = Buffer.byteLength(path.value);
  if (sizeBytes <= MAXIMUM_SOCKET_PATH_BYTES) return path;
  return wrong(`is ${sizeBytes} bytes long and a Unix socket's path at most ${MAXIMUM_SOCKET_PATH_BYTES}`, 'choose a shorter path');
}

/** Comes back normalised, without a slash at its end. */
export function readAbsolutePath(text: string): Reading<string> {
  if (!text.startsWith('/')) return wrong('is not an absolute path', 'begin it with a slash');
  const path = posix.resolve(text);
  return path === '/' ? wrong('is the root of the file system', 'name something below it') : value(path);
}

/** A relative path is taken from the root, as the peer's chart wants its `csi-data-dir`. */
export function readPathFromRoot(text: string): Reading<string> {
  return text === '' ? wrong('is empty', 'write a path such as /csi-data-dir') : readAbsolutePath(posix.resolve('/', text));
}

/** Empty turns off what lives there: `undefined`. */
export function readOptionalDirectory(text: string): Reading<string | undefined> {
  return text === '' ? value(undefined) : readAbsolutePath(text);
}

/** An SELinux context, or empty for none: `undefined`. */
export function readSelinuxLabel(text: string): Reading<string | undefined> {
  if (text === '') return value(undefined);
  return isSelinuxLabel(text) ? value(text) : wrong('is no SELinux context', 'write user:role:type:level, or nothing for none');
}

/** `:9402`, `host:9402`, `[::1]:9402`, or `0` for none: `undefined`. */
export function readListenAddress(text: string): Reading<ListenAddress | undefined> {
  if (text === '0') return value(undefined);
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]*)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) {
    return wrong('is no address to listen on', 'write :9402, 127.0.0.1:9402, [::1]:9402, or 0 to turn it off');
  }
  const host = bracketed ?? plain;
  return value(host === undefined || host === '' ? { port } : { host, port });
}

/** As {@link readListenAddress}, of a loopback address alone. */
export function readLoopbackAddress(text: string): Reading<ListenAddress | undefined> {
  const reading = readListenAddress(text);
  if (reading.kind === 'wrong' || reading.value === undefined || isLoopback(reading.value.host ?? '')) return reading;
  const cure = 'write 127.0.0.1:9404, [::1]:9404, or 0 to turn it off; kubectl port-forward reaches it there';
  return wrong('is no loopback address, and nobody who can reach the admin listener is asked who they are', cure);
}

/** A flag's text was read. */
export function value<Value>(value: Value): Reading<Value> {
  return { kind: 'value', value };
}

/** A flag's text cannot be read: why, as a clause that goes on from the flag, and what to write instead. */
export function wrong(why: string, cure: string): Reading<never> {
  return { kind: 'wrong', why, cure };
}
