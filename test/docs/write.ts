import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writePages } from './pages.ts';
import { drawStatusPage } from './status-picture.ts';

/** `npm run docs` writes the parts of the documents that are made from the code; `npm run docs -- --picture` also takes that of the status page. */
const { picture } = parseArgs({ options: { picture: { type: 'boolean', default: false } } }).values;
writePages();
if (picture) writeFileSync(join(import.meta.dirname, '../../docs/status-page.png'), await drawStatusPage());
