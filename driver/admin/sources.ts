import type { Agent } from '../../node-agent/ports.ts';
import type { ChecksAnswer, DriverAnswer } from './answers.ts';
import type { History } from './history.ts';

/** What the admin listener answers from. */
export interface AdminSources {
  readonly agent: Pick<Agent, 'volumes' | 'volume' | 'view' | 'renew'>;
  readonly driver: DriverAnswer;
  readonly history: Pick<History, 'of' | 'latest'>;
  readonly now: () => Date;
  readonly check: (signal: AbortSignal) => Promise<ChecksAnswer['checks']>;
}
