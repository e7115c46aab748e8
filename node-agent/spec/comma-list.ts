/** The items between commas, without the space and newlines around them; an empty item stays. */
export function splitCommaList(text: string): readonly string[] {
  return text.split(',').map((item) => item.trim());
}
