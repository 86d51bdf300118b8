/** Loaded into a server before it starts: GitHub, as far as a sign-in asks it, for one person whose address it has checked. */
const EMAIL = 'careful@example.com';
const ANSWERS = {
  'https://github.com/login/oauth/access_token': {
    access_token: 'a-token-of-github',
    token_type: 'bearer',
    scope: 'user:email',
  },
  'https://api.github.com/user': { id: 7, login: 'careful', name: 'Careful', email: EMAIL, avatar_url: '' },
  'https://api.github.com/user/emails': [{ email: EMAIL, primary: true, verified: true, visibility: 'private' }],
};

const { fetch } = globalThis;
globalThis.fetch = async (input, init) => {
  const [address] = String(input?.url ?? input).split('?');
  return Object.hasOwn(ANSWERS, address) ? Response.json(ANSWERS[address]) : await fetch(input, init);
};
