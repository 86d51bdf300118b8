/** The token of a session is the cookie's: no answer tells it to a script, which might be somebody else's. */
export async function withoutTokens(response: Response): Promise<Response> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return response;
  const text = await response.text();
  const kept =
    text === '' ? text : JSON.stringify(JSON.parse(text, (name, value) => (name === 'token' ? undefined : value)));
  const { status, headers } = response;
  return new Response(kept, { status, headers });
}
