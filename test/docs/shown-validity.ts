/** How long the certificate lives whose dates `openssl x509 -dates` printed; NaN where a text has none. */
export function shownValidityMs(text: string): number {
  const at = (name: string) => Date.parse(new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? '');
  return at('notAfter') - at('notBefore');
}

/** How long the certificate is to live that a pod asks for in YAML, in seconds. */
export function wantedValidityMs(text: string): number {
  return Number(/csi\.cert-manager\.io\/duration: (\d+)s$/m.exec(text)?.[1]) * 1000;
}
