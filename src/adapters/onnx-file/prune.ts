/** Keeps of a graph what its wanted outputs need: every other output, node and tensor goes, the order stays. */
import { copyWith, type OnnxGraph, type OnnxNode } from './schema.ts';

/** Names that a node reads; those of nested graphs (If, Loop) too, since these see the outer graph's values. */
function listReadNames(node: OnnxNode): string[] {
  const graphs = node.attribute.flatMap((attribute) => [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]);
  const nested = graphs.flatMap((graph) => [
    ...graph.node.flatMap(listReadNames),
    ...graph.output.map((output) => output.name),
  ]);
  return [...node.input, ...nested].filter((name) => name !== '');
}

/** Throws where the graph has no output of that name. */
export function pruneToOutputs(graph: OnnxGraph, outputNames: readonly string[]): OnnxGraph {
  const output = outputNames.map((name) => {
    const found = graph.output.find((each) => each.name === name);
    if (!found) throw new Error(`The model has no output named ${name}.`);
    return found;
  });
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const neededNames = new Set<string>(outputNames);
  const neededNodes = new Set<OnnxNode>();
  const pending = [...outputNames];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producers.get(name);
    if (!node || neededNodes.has(node)) continue;
    neededNodes.add(node);
    for (const read of listReadNames(node)) {
      neededNames.add(read);
      pending.push(read);
    }
  }
  const isAlive = (name: string): boolean => neededNames.has(name);
  return copyWith(graph, {
    output,
    node: graph.node.filter((node) => neededNodes.has(node)),
    initializer: graph.initializer.filter((tensor) => isAlive(tensor.name)),
    // Older exporters list initializers among the inputs; those that died would ask the caller for a value.
    input: graph.input.filter((each) => isAlive(each.name) || !graph.initializer.some((t) => t.name === each.name)),
    valueInfo: graph.valueInfo.filter((each) => isAlive(each.name)),
  });
}
