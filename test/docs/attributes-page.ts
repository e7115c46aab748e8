import { ATTRIBUTES, type AttributeName, findAttribute } from '../../node-agent/spec/attribute-table.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { SURROUNDINGS, publishRequest } from '../spec/publish-request.ts';
import { ATTRIBUTE_ROWS, type AttributeRow } from './attribute-rows.ts';
import { withPart } from './part.ts';

const NO_VARIABLE = '${NO_SUCH_VARIABLE}';

/** The page with its table of attributes made anew: names, order and defaults are the parser's, what they mean is {@link ATTRIBUTE_ROWS}. */
export function withAttributes(page: string): string {
  const rows = (Object.keys(ATTRIBUTES) as AttributeName[]).map((name) => rowOf(name, ATTRIBUTE_ROWS[name]));
  const table = ['| attribute | default | rule | example | in csi-driver |', '|---|---|---|---|---|', ...rows].join('\n');
  return withPart(page, 'attributes', table);
}

function rowOf(name: AttributeName, { rule, example, peer = '' }: AttributeRow): string {
  const fallback = findAttribute(name)?.fallback;
  const shown = fallback === undefined ? '–' : `\`${fallback}\``;
  const told = takesVariables(name) ? `variables; ${rule}` : rule;
  return `| \`${name}\` | ${shown} | ${told} | \`${example}\` | ${peer === '' ? '' : `${peer} `}|`;
}

/** Whether the parser expands variables in this attribute: it then refuses one that there is not, by its name. */
function takesVariables(name: AttributeName): boolean {
  const parsed = parseSpec(publishRequest({ [name]: NO_VARIABLE }), SURROUNDINGS);
  return (
    parsed.kind === 'refused' &&
    parsed.problems.some(({ field, value, cure }) => field === name && value === NO_VARIABLE && cure.includes('$POD_NAME'))
  );
}
