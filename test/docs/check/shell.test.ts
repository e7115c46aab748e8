import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCommands, withoutPlaceholders } from './shell.ts';

describe('the commands of a script', () => {
  for (const { name, script, words } of [
    { name: 'one a line', script: 'a b\n\nc', words: [['a', 'b'], ['c']] },
    { name: 'joined by operators', script: 'a && b || c; d | e & f', words: [['a'], ['b'], ['c'], ['d'], ['e'], ['f']] },
    { name: 'over several lines', script: 'a \\\n  --b \\\n  c', words: [['a', '--b', 'c']] },
    { name: 'without comments', script: '# no\na b#c # d', words: [['a', 'b#c']] },
    { name: 'with quotes taken away', script: `a 'b c' "d e"f \\"g`, words: [['a', 'b c', 'd ef', '"g']] },
    { name: 'without where they read and write', script: 'a <b >c 2>&1 d >> e 2>/dev/null', words: [['a', 'd']] },
    { name: 'without assignments', script: 'A=1 b\nC=2', words: [['b']] },
    {
      name: 'in substitutions, quoted or not',
      script: 'x=$(a | b) c "$(d $(e))"',
      words: [['a'], ['b'], ['e'], ['d', '$(e)'], ['c', '$(d $(e))']],
    },
    {
      name: 'in loops and branches',
      script: 'while a; do b; done\nif ! c; then d; else { e; }; fi\nfor f in g; do h; done',
      words: [['a'], ['b'], ['c'], ['d'], ['e'], ['h']],
    },
    { name: 'with placeholders as words', script: 'a <the pod> <file>.pem', words: [['a', '<the pod>', '<file>.pem']] },
    { name: 'in subshells', script: '(a; b)', words: [['a'], ['b']] },
  ]) {
    it(`are found ${name}`, () =>
      assert.deepEqual(
        readCommands(script).map((command) => command.words),
        words,
      ));
  }

  it('come with what they read as a here-document, and with their line', () => {
    const script = "a -f - <<'YAML'\nb: c # d\n---\nYAML\ne";
    assert.deepEqual(readCommands(script), [
      { line: 0, words: ['a', '-f', '-'], input: 'b: c # d\n---\n' },
      { line: 4, words: ['e'] },
    ]);
  });

  it('can be judged by a shell with words for placeholders', () => {
    assert.equal(withoutPlaceholders('a <pod> < file'), 'a placeholder < file');
  });
});
