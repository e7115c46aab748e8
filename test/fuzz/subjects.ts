import { apiAnswers } from './api-answers.ts';
import { certificateRequests } from './certificate-requests.ts';
import { certificates } from './certificates.ts';
import { durations } from './durations.ts';
import { fileSets } from './file-sets.ts';
import { flags } from './flags.ts';
import { grpcCalls } from './grpc-calls.ts';
import { issuing } from './issuing.ts';
import { lists } from './lists.ts';
import { literalSubjects } from './literal-subjects.ts';
import { mountTables } from './mount-tables.ts';
import type { Subject } from './property.ts';
import { publishRequests } from './publish-requests.ts';
import { records } from './records.ts';
import { serviceAccountTokens } from './tokens.ts';
import { variables } from './variables.ts';

/** All that is fed with hostile input. */
export const SUBJECTS: readonly Subject[] = [
  publishRequests,
  literalSubjects,
  durations,
  lists,
  variables,
  serviceAccountTokens,
  records,
  mountTables,
  certificates,
  certificateRequests,
  apiAnswers,
  flags,
  fileSets,
  issuing,
  grpcCalls,
];
