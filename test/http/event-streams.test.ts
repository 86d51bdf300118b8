/** The places of streams: each is taken once and given back once, however its answer ends. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createStreamGate } from '../../src/http/dashboard/event-streams.ts';

const makeReply = () => ({ raw: new ServerResponse(new IncomingMessage(new Socket())) });
const REFUSAL = expect.objectContaining({ code: 'rate_limit_exceeded' });

test('an answer whose caller has hung up before takes no place', () => {
  const gate = createStreamGate();
  const reply = makeReply();
  reply.raw.destroy();
  for (let i = 0; i < 20; i++) gate.enter('an account', reply);
  for (let i = 0; i < 8; i++) gate.enter('an account', makeReply());
  expect(() => gate.enter('an account', makeReply())).toThrow(REFUSAL);
});

test('a place is free again when its answer has ended, and only then', () => {
  const gate = createStreamGate();
  const replies = Array.from({ length: 8 }, makeReply);
  for (const reply of replies) gate.enter('an account', reply);
  expect(() => gate.enter('an account', makeReply())).toThrow(REFUSAL);
  replies[0]?.raw.emit('close');
  gate.enter('an account', makeReply());
  expect(() => gate.enter('an account', makeReply())).toThrow(REFUSAL);
});
