import { useMutation } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { call } from '../api/client.ts';
import { useServer } from '../api/queries.ts';
import { safeReturn } from '../lib/format.ts';
import { AuthFrame, MailNote, verifiedReturn, withNext } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Failed, Note } from '../ui/states.tsx';

export default function VerifyEmail() {
  const server = useServer();
  const [search] = useSearchParams();
  const email = search.get('email') ?? '';
  const next = safeReturn(search.get('next'));
  const again = useMutation({
    mutationFn: () =>
      call('/api/auth/send-verification-email', {
        method: 'POST',
        json: { email, callbackURL: verifiedReturn(next) },
      }),
  });
  const isOld = search.has('error') && !again.isSuccess;
  const title = server.data?.mail === 'log' ? 'Look into the server’s log' : 'Look into your mail';
  return (
    <AuthFrame
      title={isOld ? 'This link no longer works' : title}
      lead={
        isOld ? (
          'Sign in, and another one is made.'
        ) : (
          <>
            A link to verify <strong className="text-ink">{email || 'your address'}</strong> is there. Open it, and sign
            in.
          </>
        )
      }
    >
      {!isOld && <MailNote />}
      {again.isSuccess && <Note tone="good">A new link is on its way. The older ones still work.</Note>}
      {again.error && <Failed error={again.error} />}
      {email !== '' && (
        <Button icon="refresh" isBusy={again.isPending} onClick={() => again.mutate()}>
          Send it again
        </Button>
      )}
      <p>
        <Link className="prose-link" to={withNext('/sign-in', next)}>
          Back to signing in
        </Link>
      </p>
    </AuthFrame>
  );
}
