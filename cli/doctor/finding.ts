import type { CheckAnswer } from '../../driver/admin/answers.ts';

/** One thing that was looked at, in the form that nodes have for it. */
export interface Finding extends CheckAnswer {
  /** Absent for what is about the whole cluster. */
  readonly node?: string;
}

/** What is known of something of the cluster. */
export type Fact<Value> =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'absent' }
  /** It could not be asked for; `cure` says how it could be. */
  | { readonly kind: 'hidden'; readonly why: string; readonly cure?: string };

export function ok(name: string, finding: string): Finding {
  return { name, outcome: 'ok', finding };
}

export function warning(name: string, finding: string, cure: string): Finding {
  return { name, outcome: 'warning', finding, cure };
}

export function failed(name: string, finding: string, cure: string): Finding {
  return { name, outcome: 'failed', finding, cure };
}

/** What could not be looked at. */
export function hidden(name: string, { why, cure }: Extract<Fact<unknown>, { kind: 'hidden' }>): Finding {
  return { name, outcome: 'unknown', finding: why, ...(cure !== undefined && { cure }) };
}
