import { envoyProgram } from './envoy-program.ts';
import { describeRecipe } from './promises.ts';

describeRecipe({
  name: 'envoy',
  image: async () => new Map([['/image/bin/envoy', await envoyProgram()]]),
  client: 'proxy',
  keepsConnections: true,
  otherName: 'handshake',
  otherCa: 'handshake',
});
