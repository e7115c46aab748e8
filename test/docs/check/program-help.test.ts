import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeByHelp } from './program-help.ts';

/** In the form of kubectl. */
const HELP: Readonly<Record<string, string>> = {
  '': 'x controls.\n\nBasic Commands (Beginner):\n  create          Create\n\nDeploy Commands:\n  rollout         Manage\n  get             Show\n\nUsage:\n  x [flags]\n',
  rollout: 'Manage.\n\nAvailable Commands:\n  status        Show\n\nUsage:\n  x rollout SUBCOMMAND\n',
  'rollout status': 'Options:\n    -w, --watch=true:\n\tWatch.\n\n    --timeout=0s:\n\tHow long.\n',
  get: "Options:\n    -o, --output='':\n\tHow.\n\n    -A, --all-namespaces=false:\n\tAll.\n\n    --output-watch=false:\n\tBoth.\n",
  create: 'Available Commands:\n  secret        Make\n\nOptions:\n    -f, --filename=[]:\n\tFrom.\n',
};
const GLOBALS = "    -n, --namespace='':\n\tWhere.\n";

/** In the form of helm. */
const OTHER_HELP: Readonly<Record<string, string>> = {
  '': 'y manages.\n\nAvailable Commands:\n  install     install a chart\n\nFlags:\n  -n, --namespace string   where\n      --debug              more\n',
  install:
    'Flags:\n      --create-namespace      if it is not there\n      --set stringArray       values\n      --dry-run string[="client"]   only look\n  -h, --help                  help for install\n',
};

const judge = (line: string) => judgeByHelp(line.split(' '), (path) => HELP[path.join(' ')] ?? 'Usage:\n', GLOBALS);
const judgeOther = (line: string) => judgeByHelp(line.split(' '), (path) => OTHER_HELP[path.join(' ')] ?? 'Usage:\n', OTHER_HELP['']!);

describe('a command, by the help of its program', () => {
  for (const line of [
    'x get pods -o wide',
    'x get pods -A',
    'x get -owide pods',
    'x -n a get pods --output=json --namespace b',
    'x -n create get pods',
    'x rollout status daemonset/a --timeout=60s -w',
    'x create -f a',
    'x get pods -- --anything',
    'x <command> a',
    'x … --namespace a',
  ]) {
    it(`may be ${line}`, () => assert.deepEqual(judge(line), []));
  }

  for (const { line, why } of [
    { line: 'x show pods', why: 'x has no command "show"' },
    { line: 'x rollout statu a', why: 'x rollout has no command "statu"' },
    { line: 'x get pods --all', why: 'x get has no flag --all' },
    { line: 'x get pods --outputs=json', why: 'x get has no flag --outputs' },
    { line: 'x get pods -z', why: 'x get has no flag -z' },
    { line: 'x rollout status a -o wide', why: 'x rollout status has no flag -o' },
    { line: 'x -n a --watch get pods', why: 'x get has no flag --watch' },
  ]) {
    it(`may not be ${line}`, () => assert.deepEqual(judge(line), [why]));
  }

  it('may be of a program that lists flags by their type', () => {
    assert.deepEqual(judgeOther('y install a --create-namespace --set b=c -n d --debug'), []);
    assert.deepEqual(judgeOther('y install a --dry-run --set b'), []);
    assert.deepEqual(judgeOther('y install a --create-namespaces'), ['y install has no flag --create-namespaces']);
    assert.deepEqual(judgeOther('y instal a'), ['y has no command "instal"']);
  });
});
