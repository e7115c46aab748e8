import { systemClock, DAY_MS } from '../node-agent/clock.ts';
import { createCertificateAuthority } from '../test/support/certificate-authority.ts';
import { condition, startSigner, type Verdict } from '../test/support/signer.ts';

/**
 * cert-manager in a process of its own, as quick as it could be: each request is approved and signed by one write, for as many
 * milliseconds as the second argument says, or for 90 days, as a pod asks for by default: a difference would be told by an event for each. The
 * first argument is the kubeconfig. It ends with its parent.
 */
const [kubeconfig = '', durationMs = String(90 * DAY_MS)] = process.argv.slice(2);
const authority = await createCertificateAuthority({ clock: systemClock });
const signer = startSigner({
  kubeconfig,
  sign: (csrPem) => authority.sign(csrPem, { durationMs: Number(durationMs) }),
  async decide({ spec }): Promise<Verdict> {
    const csrPem = Buffer.from((spec as { readonly request: string }).request, 'base64').toString('utf8');
    const { chainPem, caPem } = await authority.sign(csrPem, { durationMs: Number(durationMs) });
    const conditions = [
      condition('Approved', 'True', 'cert-manager.io', 'approved by the bench'),
      condition('Ready', 'True', 'Issued', 'issued by the bench'),
    ];
    return { kind: 'status', status: { conditions, certificate: base64(chainPem), ca: base64(caPem) } };
  },
});
process.on('disconnect', () => void signer.close().then(() => process.exit()));
process.send?.('ready');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
