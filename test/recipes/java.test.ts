import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeRecipe } from './promises.ts';
import { RECIPES } from './recipe-pods.ts';
import { runTool } from './tool.ts';

const folder = temporaryFolder('java-recipe');
// The temporary folder is for its owner alone, and the pod runs as somebody else.
const classes = join(folder, 'classes');

describeRecipe({
  name: 'java',
  async image() {
    const sources = readdirSync(join(RECIPES, 'java')).filter((name) => name.endsWith('.java'));
    const javac = { program: 'javac', debianPackage: 'openjdk-17-jdk-headless' };
    await runTool(javac, ['-Xlint:all', '-Werror', '-d', classes, ...sources], join(RECIPES, 'java'));
    return new Map([['/java-recipe', classes]]);
  },
  // Less work at the start, for programs that run for seconds.
  env: { JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' },
  client: 'program',
  keepsConnections: true,
  patienceMs: 10_000,
  otherName: 403,
  otherCa: 'handshake',
});
