import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeRecipe } from './promises.ts';
import { RECIPES } from './recipe-pods.ts';
import { runTool } from './tool.ts';

const folder = temporaryFolder('go-recipe');

describeRecipe({
  name: 'go',
  async image() {
    const program = join(folder, 'go-recipe');
    await runTool({ program: 'go', debianPackage: 'golang-go' }, ['build', '-o', program, '.'], join(RECIPES, 'go'));
    return new Map([['/go-recipe', program]]);
  },
  client: 'program',
  keepsConnections: true,
  patienceMs: 10_000,
  otherName: 'handshake',
  otherCa: 'handshake',
});
