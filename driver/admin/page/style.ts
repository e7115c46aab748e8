import { createHash } from 'node:crypto';

/** Of the status page; no colour says anything that a word does not. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --track: #eef1f4;
  --good: #1a7f37; --warning: #8a5a00; --bad: #b42318; --link: #0a58ca;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --ink: #e6e9ec; --quiet: #9ba4ad; --line: #343a41; --track: #22272c;
    --good: #4ac26b; --warning: #e3b341; --bad: #ff8178; --link: #79b8ff;
  }
}
body { margin: 0 auto; max-width: 90rem; padding: 1rem; background: var(--ground); color: var(--ink); font: .9375rem/1.4 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
p { margin: .3rem 0; }
a { color: var(--link); }
.quiet { color: var(--quiet); font-size: .875rem; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; color: var(--quiet); font-size: .875rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; }
thead th { font-size: .875rem; }
td p { margin: 0; }
table { table-layout: fixed; }
.volumes th:nth-child(1) { width: 15%; } .volumes th:nth-child(2) { width: 6%; } .volumes th:nth-child(4) { width: 17%; }
.volumes th:nth-child(5) { width: 11%; } .volumes th:nth-child(6) { width: 222px; }
.events th:nth-child(1) { width: 8rem; } .events th:nth-child(2) { width: 28%; }
.state { font-weight: 600; white-space: nowrap; }
.good { color: var(--good); } .warning { color: var(--warning); } .bad { color: var(--bad); }
svg { display: block; max-width: 100%; height: auto; }
svg text { font-size: 10px; fill: var(--quiet); font-weight: 400; }
.track { fill: var(--track); } .life { fill: var(--good); }
.warning .life { fill: var(--warning); } .bad .life { fill: var(--bad); }
.tick { stroke: var(--line); stroke-width: 1; } .notch { stroke: var(--ink); stroke-width: 2; }
nav a { margin-right: 1rem; }
@media (max-width: 50rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, tbody th, td, caption { display: block; width: auto !important; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  th, td { border: 0; padding: .1rem 0; }
  td[data-is]:not(:empty)::before { content: attr(data-is) ": "; color: var(--quiet); font-size: .875rem; }
}
`;

/** By which a browser knows that the style is ours (CSP 3, "Hash-source"). */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
