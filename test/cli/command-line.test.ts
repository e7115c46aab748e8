import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireKnown, splitCommandLine } from '../../cli/command-line.ts';
import { ALL_FLAGS, COMMANDS, flagsOf } from '../../cli/commands.ts';
import { UsageFailure } from '../../cli/failure.ts';
import { describeCommand, describeProgram } from '../../cli/help.ts';
import { nearest } from '../../cli/nearest.ts';
import { Values } from '../../cli/values.ts';

/** Takes a command line apart and judges it as the program does. */
function read(line: string): { readonly command: string; readonly words: readonly string[]; readonly given: object } {
  const split = splitCommandLine(ALL_FLAGS, line.split(' '));
  requireKnown(split.command!, flagsOf(COMMANDS[split.command!]!), split);
  return { command: split.command!, words: split.words, given: Object.fromEntries(split.given) };
}

describe('the command line', () => {
  for (const { line, given, words = [] } of [
    { line: 'list -n shop', given: { namespace: ['shop'] } },
    { line: '-n shop list', given: { namespace: ['shop'] } },
    { line: 'list -nshop', given: { namespace: ['shop'] } },
    { line: 'list -n=shop', given: { namespace: ['shop'] } },
    { line: 'list --namespace shop -A', given: { namespace: ['shop'], 'all-namespaces': ['true'] } },
    { line: 'list --as-group=a --as-group b', given: { 'as-group': ['a', 'b'] } },
    { line: 'list -l a=b,c!=d', given: { selector: ['a=b,c!=d'] } },
    { line: 'list -owide --unhealthy=false', given: { output: ['wide'], unhealthy: ['false'] } },
    { line: 'inspect web', given: {}, words: ['web'] },
    { line: 'inspect -- -web', given: {}, words: ['-web'] },
    { line: 'renew --wait=false pod/web', given: { wait: ['false'] }, words: ['pod/web'] },
  ]) {
    it(`is read as kubectl reads it: ${line}`, () =>
      assert.deepEqual(read(line), { command: line.includes('list') ? 'list' : line.split(' ')[0], given, words }));
  }

  for (const { line, said, cure } of [
    { line: 'list --namspace=x', said: '"--namspace" is not a flag of kubectl podcert', cure: 'did you mean --namespace?' },
    { line: 'list -q', said: '"-q" is not a flag', cure: 'lists commands and flags' },
    { line: 'list -Ao', said: '"-Ao" is not a flag', cure: 'lists commands and flags' },
    { line: 'list -n', said: '--namespace needs a value', cure: 'write --namespace=NAMESPACE' },
    { line: 'list --output=xml', said: '--output="xml" is not among its values', cure: 'write one of table, wide, json, yaml, name' },
    { line: 'doctor --output=wide', said: '--output="wide" is not among its values', cure: 'write one of text, json' },
    { line: 'list --unhealthy=maybe', said: '--unhealthy="maybe" is not among its values', cure: 'true, false' },
    { line: 'doctor --rate=5', said: '"doctor" takes no --rate', cure: 'doctor --help lists its flags' },
  ]) {
    it(`is refused with a cure: ${line}`, () =>
      assert.throws(
        () => read(line),
        (error: unknown) => error instanceof UsageFailure && error.message.includes(said) && error.cure?.includes(cure) === true,
      ));
  }

  for (const { name, text, read } of [
    { name: 'no duration', text: 'soon', read: (values: Values) => values.duration('x') },
    { name: 'a duration of nothing', text: '0s', read: (values: Values) => values.duration('x') },
    { name: 'no number', text: '1e3', read: (values: Values) => values.number('x', 1, 10) },
    { name: 'a number that is too large', text: '11', read: (values: Values) => values.number('x', 1, 10) },
    { name: 'a part of a port', text: '1.5', read: (values: Values) => values.port('x', 1) },
    { name: 'a rate of nothing', text: '0', read: (values: Values) => values.number('x', 1, 10) },
  ]) {
    it(`takes ${name} for no value`, () =>
      assert.throws(
        () => read(new Values(new Map([['x', [text]]]))),
        (error: unknown) => error instanceof UsageFailure && error.message.startsWith(`--x="${text}" is `),
      ));
  }

  it('has flags that take a value in every command, or in none', () => {
    for (const [name, flag] of Object.entries(ALL_FLAGS)) {
      const ways = Object.values(COMMANDS)
        .map((command) => flagsOf(command)[name])
        .filter((each) => each !== undefined);
      for (const way of ways) assert.deepEqual([way.argument === undefined, way.letter], [flag.argument === undefined, flag.letter], name);
    }
  });

  it('has a help for each command, whose examples it can read itself', () => {
    for (const [name, command] of Object.entries(COMMANDS)) {
      assert.match(describeProgram(), new RegExp(`^  ${name} `, 'm'));
      for (const flag of Object.keys(flagsOf(command))) assert.ok(describeCommand(command).includes(`--${flag}`));
      for (const [line] of command.examples) {
        assert.ok(describeCommand(command).includes(`kubectl podcert ${line}`));
        assert.equal(read(line.replace(/ > .*/, '')).command, name);
      }
    }
  });

  it('has a name for what was nearly written, and none for what is far from all', () => {
    assert.equal(nearest('lsit', ['list', 'inspect']), 'list');
    assert.equal(nearest('inspct', ['list', 'inspect']), 'inspect');
    assert.equal(nearest('frobnicate', ['list', 'inspect']), undefined);
  });
});
