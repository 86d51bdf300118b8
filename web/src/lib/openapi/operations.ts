/** The operations of a document in the order of its contents, and what is asked of one. */
import { ERRORS } from '../error-table.ts';
import type { Content, Description, Operation, Parameter, Response } from './types.ts';

export type Entry = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  /** The earlier one from which it differs in its address alone. */
  readonly twin: Entry | undefined;
};

export type Group = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly entries: readonly Entry[];
};

const UNTAGGED = 'Other';

export function groupOperations({ paths, tags = [] }: Description): Group[] {
  const entries: Entry[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const twin = entries.find((earlier) => !earlier.twin && contentOf(earlier.operation) === contentOf(operation));
      entries.push({ id: operation.operationId, method: method.toUpperCase(), path, operation, twin });
    }
  }
  const tagOf = ({ operation }: Entry): string => operation.tags?.[0] ?? UNTAGGED;
  const described = new Map(tags.map(({ name, description }) => [name, description]));
  const names = new Set([...described.keys(), ...entries.map(tagOf)]);
  return [...names].map((name) => ({
    id: `tag-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    name,
    description: described.get(name) ?? '',
    entries: entries.filter((entry) => tagOf(entry) === name),
  }));
}

const contentOf = ({ operationId: _, ...content }: Operation): string => JSON.stringify(content);

/** Those in which every word occurs: in the address, the texts, or the names of the parameters. */
export function filterGroups(groups: readonly Group[], text: string): Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (entry: Entry): boolean => {
    const haystack = searchableText(entry);
    return words.every((word) => haystack.includes(word));
  };
  return groups
    .map((group) => ({ ...group, entries: group.entries.filter(fits) }))
    .filter(({ entries }) => entries.length > 0);
}

function searchableText({ method, path, operation }: Entry): string {
  const { operationId, summary = '', description = '', tags = [], parameters = [] } = operation;
  const names = parameters.map(({ name }) => name);
  return [method, path, operationId, summary, description, ...tags, ...names].join(' ').toLowerCase();
}

/** An error has the one form of errors; every other answer is a success, or has a form of its own. */
export const isError = ({ content }: Response): boolean =>
  content?.['application/json']?.schema?.$ref === '#/components/schemas/Error';

export const errorCodes = (status: string): string[] =>
  ERRORS.filter((row) => String(row.status) === status).map(({ code }) => code);

/** Of the fields of a form, how many are the parameters of the query once more, and which are not. */
export function splitForm(content: Content, parameters: readonly Parameter[]): { own: Content; shared: number } {
  const inQuery = new Map(parameters.filter((one) => one.in === 'query').map((one) => [one.name, one.description]));
  let shared = 0;
  const own = Object.entries(content).map(([type, media]) => {
    const { schema } = media;
    if (!schema?.properties) return [type, media];
    const fields = Object.entries(schema.properties);
    const others = fields.filter(([name, { description }]) => inQuery.get(name) !== description || !inQuery.has(name));
    shared = Math.max(shared, fields.length - others.length);
    return [type, { ...media, schema: { ...schema, properties: Object.fromEntries(others) } }];
  });
  return { own: Object.fromEntries(own), shared };
}
