/** The Model Context Protocol over lines of JSON-RPC 2.0: initialize, ping, tools/list, tools/call, cancellation. */

type Property = {
  readonly type: 'string' | 'boolean';
  readonly description: string;
  readonly enum?: readonly string[];
};
export type ToolInput = Readonly<Record<string, string | boolean | undefined>>;

export type Tool = {
  readonly name: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
  /** What it throws is told to the caller as a sentence. */
  readonly call: (input: ToolInput, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;
};

type Message = { readonly id?: unknown; readonly method?: unknown; readonly params?: unknown };
type Params = Readonly<Record<string, unknown>>;

/** Newest first; the first is offered to whoever asks for another. */
const VERSIONS = ['2025-06-18', '2025-03-26', '2024-11-05'];
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;

class ProtocolError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

type Session = {
  readonly serverInfo: { readonly name: string; readonly version: string };
  readonly tools: readonly Tool[];
  readonly send: (message: object) => void;
  readonly describeFailure: (error: unknown) => string;
};

/** Resolves when the other side has closed and every call that it made has ended. */
export async function serveSession(lines: AsyncIterable<string>, session: Session): Promise<void> {
  const running = new Map<unknown, AbortController>();
  const answers = new Set<Promise<void>>();
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const answer = answerLine(line, session, running);
    answers.add(answer);
    void answer.finally(() => answers.delete(answer));
  }
  for (const call of running.values()) call.abort(new Error('The client has closed.'));
  await Promise.all(answers);
}

async function answerLine(line: string, session: Session, running: Map<unknown, AbortController>): Promise<void> {
  const answer = (id: unknown, body: object) => session.send({ jsonrpc: '2.0', id: id ?? null, ...body });
  let message: Message;
  try {
    message = JSON.parse(line) as Message;
  } catch {
    return answer(null, { error: { code: PARSE_ERROR, message: 'The line is not JSON.' } });
  }
  const { id, method, params } = message ?? {};
  if (method === 'notifications/cancelled') return running.get((params as Params)?.requestId)?.abort();
  // Notifications, and answers to questions that were never asked.
  if (id === undefined && typeof method === 'string') return;
  const calling = new AbortController();
  running.set(id, calling);
  try {
    if (typeof method !== 'string') throw new ProtocolError(INVALID_REQUEST, 'A request has a method.');
    const result = await answerRequest(method, (params ?? {}) as Params, session, calling.signal);
    if (!calling.signal.aborted) answer(id, { result });
  } catch (error) {
    const { code, message: text } = error as ProtocolError;
    answer(id, { error: { code, message: text } });
  } finally {
    running.delete(id);
  }
}

async function answerRequest(method: string, params: Params, session: Session, signal: AbortSignal): Promise<object> {
  if (method === 'ping') return {};
  if (method === 'initialize') {
    const asked = VERSIONS.find((version) => version === params.protocolVersion);
    return { protocolVersion: asked ?? VERSIONS[0], capabilities: { tools: {} }, serverInfo: session.serverInfo };
  }
  if (method === 'tools/list') return { tools: session.tools.map(describeTool) };
  if (method !== 'tools/call') throw new ProtocolError(METHOD_NOT_FOUND, `There is no method "${method}".`);
  const tool = session.tools.find(({ name }) => name === params.name);
  if (!tool) throw new ProtocolError(INVALID_PARAMS, `There is no tool "${String(params.name)}".`);
  try {
    const result = await tool.call(readInput(tool, params.arguments ?? {}), signal);
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
  } catch (error) {
    // For the model to read, and to do better; an error of the protocol is for its host.
    return { content: [{ type: 'text', text: session.describeFailure(error) }], isError: true };
  }
}

const describeTool = ({ name, description, properties, required }: Tool): object => ({
  name,
  description,
  inputSchema: { type: 'object', properties, required, additionalProperties: false },
});

function readInput({ properties, required }: Tool, given: unknown): ToolInput {
  const input = (typeof given === 'object' && given !== null ? given : {}) as ToolInput;
  for (const name of required) if (input[name] === undefined) throw new Error(`"${name}" is missing.`);
  for (const [name, value] of Object.entries(input)) {
    const property = properties[name];
    if (!property) throw new Error(`There is no "${name}"; there are ${Object.keys(properties).join(', ')}.`);
    if (typeof value !== property.type) throw new Error(`"${name}" must be a ${property.type}.`);
    const { enum: values } = property;
    if (values && !values.includes(String(value))) throw new Error(`"${name}" must be one of ${values.join(', ')}.`);
  }
  return input;
}
