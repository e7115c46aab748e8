import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { StoredObject } from './api-store.ts';
import type { SignOptions } from './certificate-authority.ts';
import { openField, type Field, type FieldOptions } from './field-bench.ts';
import { condition, setStatus, type Signature, type Verdict } from './signer.ts';

/** What becomes of a request. */
export type Treatment = (request: StoredObject) => Verdict | Promise<Verdict>;

/** A request that an issuer was asked for. */
export interface Asked {
  readonly pod: string;
  readonly at: Date;
}

const SIGN: Verdict = { kind: 'sign' };

/** An issuer that treats the requests of each pod in a way of their own; where it is told none it signs. */
export class OddIssuer {
  /** Every request there ever was, in the order in which they came. */
  readonly asked: Asked[] = [];
  readonly #treatments = new Map<string, Treatment>();
  readonly #awaiting: PromiseWithResolvers<void>[] = [];
  readonly #now: () => Date;

  /** @param now asked once requests come. */
  constructor(now: () => Date) {
    this.#now = now;
  }

  /** To be given to a cluster. */
  readonly decide: Treatment = (request) => {
    const pod = podOf(request);
    this.asked.push({ pod, at: this.#now() });
    this.#awaiting[this.asked.length]?.resolve();
    return this.#treatments.get(pod)?.(request) ?? SIGN;
  };

  /** From now on; without a treatment it signs. */
  treat(pod: string, treatment?: Treatment): void {
    if (treatment === undefined) this.#treatments.delete(pod);
    else this.#treatments.set(pod, treatment);
  }

  /** Resolves once the `count`-th request has come; 1 is the first. */
  async nth(count: number): Promise<void> {
    if (this.asked.length < count) await (this.#awaiting[count] ??= Promise.withResolvers()).promise;
  }

  /** When a pod's requests came. */
  askedBy(pod: string): readonly Date[] {
    return this.asked.filter((asked) => asked.pod === pod).map(({ at }) => at);
  }
}

function podOf({ metadata }: StoredObject): string {
  const [owner] = metadata['ownerReferences'] as readonly { readonly name: string }[];
  if (owner === undefined) throw new Error(`${metadata.name} has no owner`);
  return owner.name;
}

/** A field whose issuer can be odd. */
export async function openOddField(
  context: TestContext,
  options: FieldOptions,
): Promise<{ readonly field: Field; readonly issuer: OddIssuer }> {
  const issuer = new OddIssuer(() => field.time.now());
  const field = await openField(context, { decide: issuer.decide, ...options });
  return { field, issuer };
}

/** Signs badly, as asked, and alters what came of it. */
export function signOddly(
  field: Field,
  options: SignOptions | (() => SignOptions | Promise<SignOptions>),
  alter: (signature: Signature) => Signature = (signature) => signature,
): Treatment {
  return async (request) => {
    const chosen = typeof options === 'function' ? await options() : options;
    return issued(alter(await field.cluster.authority.sign(csrOf(request), chosen)));
  };
}

/** The request for a certificate in a request of the API. */
export function csrOf({ spec }: StoredObject): string {
  return Buffer.from((spec as { readonly request: string }).request, 'base64').toString('utf8');
}

/** The status of a request that is approved and said to be issued. */
export function issued({ chainPem, caPem }: Signature): Verdict {
  const [certificate, ca] = [chainPem, caPem].map((text) => Buffer.from(text).toString('base64'));
  return said({ certificate, ca });
}

/** The same with any fields. */
export function said(fields: object): Verdict {
  const conditions = [
    condition('Approved', 'True', 'cert-manager.io', 'approved by the test'),
    condition('Ready', 'True', 'Issued', 'issued by the test'),
  ];
  return { kind: 'status', status: { conditions, ...fields } };
}

/** The only request that no certificate came of. */
export async function openRequest(field: Field): Promise<StoredObject> {
  const requests = await field.cluster.requests();
  const open = requests.filter(({ status }) => !(status as { readonly certificate?: string } | undefined)?.certificate);
  const [request] = open;
  assert.ok(request !== undefined && open.length === 1, `there are ${open.length} open requests`);
  return request;
}

/** The issuer is back, and takes up the request that there is. */
export async function signOpenRequest(field: Field, durationMs: number): Promise<void> {
  const request = await openRequest(field);
  const verdict = await signOddly(field, { durationMs })(request);
  assert.ok(verdict.kind === 'status');
  await setStatus(field.cluster.client, request, verdict.status);
}
