/** Someone who can sign in. What they own and may do is an account's, and not told here. */
export type Person = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isEmailVerified: boolean;
  readonly hasTwoFactor: boolean;
};

/** `cookies`: for the answer, where the session was prolonged. */
export type Session = { readonly person: Person; readonly cookies: readonly string[] };

export type NewPerson = { readonly email: string; readonly name: string; readonly password: string };

/** Who is at the other end: passwords, sessions, second factors and the mails about them. */
export interface Identity {
  /** Answers a request under `/api/auth`. The origin of the request must have been checked. */
  answer(request: Request): Promise<Response>;
  /** Of the request with these headers; undefined where nobody is signed in. */
  findSession(headers: Headers): Promise<Session | undefined>;
  /** Whether it still holds; looking does not prolong it. */
  hasSession(headers: Headers): Promise<boolean>;
  /** What a browser keeps that has signed in as the address, to be told from strangers who guess at it. */
  signDevice(address: string): string;
  /** The id of the browser, where the token was signed for the address. */
  findDevice(address: string, token: string): string | undefined;
  /** With an address that needs no more verification. Undefined where the address is taken. */
  createPerson(person: NewPerson): Promise<Person | undefined>;
}

/** In which `answer` is told the sender's network address: by our own server alone, which passes no such header on. */
export const ADDRESS_HEADER = 'x-remuvr-address';
