/** The cluster cannot do what it was asked for. The message is for the person who asked. */
export class ClusterFailure extends Error {
  override readonly name = 'ClusterFailure';
}
