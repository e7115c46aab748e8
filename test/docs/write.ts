import { writePages } from './pages.ts';

/** `npm run docs` writes the parts of the documents that are made from the code. */
writePages();
