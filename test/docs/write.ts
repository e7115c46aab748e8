import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withMetrics } from './metrics-page.ts';

/** `npm run docs` writes the parts of the documents that are made from the code. */
const PAGE = join(import.meta.dirname, '../../docs/metrics.md');

writeFileSync(PAGE, withMetrics(readFileSync(PAGE, 'utf8')));
