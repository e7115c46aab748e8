import { describeRecipe } from './promises.ts';

describeRecipe({
  name: 'nginx',
  env: { LOOK_EVERY: '0.2' },
  client: 'proxy',
  // A worker that is replaced ends connections that wait for a request.
  keepsConnections: false,
  otherName: 403,
  // nginx ends the handshake and then says no.
  otherCa: 400,
});
