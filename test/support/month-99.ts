import { X509Certificate } from 'node:crypto';
import { formatPem } from '../../node-agent/pem.ts';

/** The certificate with a month 99 in its validity, at its beginning or its end: two UTCTimes (RFC 5280 section 4.1.2.5.1). */
export function withMonth99(pem: string, date: 'notBefore' | 'notAfter'): string {
  const der = Buffer.from(new X509Certificate(pem).raw);
  const utcTime = Buffer.from([0x17, 13]);
  const notBeforeAt = der.indexOf(utcTime);
  const at = date === 'notBefore' ? notBeforeAt : der.indexOf(utcTime, notBeforeAt + 1);
  der.write('99', at + utcTime.length + 2, 'latin1');
  return formatPem('CERTIFICATE', der);
}
