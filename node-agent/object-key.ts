/** Kubernetes' form of the key of a label, an annotation or a condition, whose case does not matter (labels and annotations, "Syntax"). */
const KEY =
  /^(?:(?=[^/]{1,253}\/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\/)?(?=.{1,63}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;

/** Whether Kubernetes takes the text as a key: a name of at most 63 characters, with or without a DNS name and a slash before it. */
export function isObjectKey(text: string): boolean {
  return KEY.test(text);
}
