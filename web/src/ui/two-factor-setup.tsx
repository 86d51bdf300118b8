import { useMutation, useQueryClient } from '@tanstack/react-query';
import qrcode from 'qrcode-generator';
import { useMemo, useState } from 'react';
import { call } from '../api/client.ts';
import { refetchSessions, useMe } from '../api/queries.ts';
import { readForm } from './auth-frame.tsx';
import { Button } from './button.tsx';
import { CopyButton } from './code.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Badge, Card, Failed, Note } from './states.tsx';
import { useToast } from './toast.tsx';

type Secrets = { totpURI: string; backupCodes: string[] };
type Step = 'enable' | 'disable' | 'codes' | null;

export function TwoFactorSetup() {
  const me = useMe();
  const [step, setStep] = useState<Step>(null);
  const isOn = me.data?.user.twoFactorEnabled ?? false;
  const close = (): void => setStep(null);
  return (
    <Card>
      <h2 className="flex items-center gap-2 text-lg">
        Two-factor sign-in {isOn ? <Badge tone="good">on</Badge> : <Badge>off</Badge>}
      </h2>
      <p className="mt-1 text-soft">
        After the password, a code of an authenticator on your phone. Recovery codes let you in without it. Turning it
        on or off ends your sessions elsewhere.
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        {isOn ? (
          <>
            <Button onClick={() => setStep('codes')}>New recovery codes</Button>
            <Button look="danger" onClick={() => setStep('disable')}>
              Turn it off
            </Button>
          </>
        ) : (
          <Button onClick={() => setStep('enable')}>Turn it on</Button>
        )}
      </div>
      {step === 'enable' && <EnableDialog onClose={close} />}
      {step === 'disable' && <DisableDialog onClose={close} />}
      {step === 'codes' && <CodesDialog onClose={close} />}
    </Card>
  );
}

function PasswordForm(props: {
  verb: string;
  isBusy: boolean;
  error: unknown;
  onPassword: (password: string) => void;
}) {
  return (
    <form className="grid gap-4" onSubmit={(event) => props.onPassword(readForm(event).password ?? '')}>
      <Field label="Your password" name="password" type="password" autoComplete="current-password" required />
      {props.error instanceof Error && <Failed error={props.error} />}
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={props.isBusy}>
          {props.verb}
        </Button>
      </div>
    </form>
  );
}

function EnableDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const say = useToast();
  const enable = useMutation({
    mutationFn: (password: string) =>
      call<Secrets>('/api/auth/two-factor/enable', { method: 'POST', json: { password } }),
  });
  const verify = useMutation({
    mutationFn: ({ code }: Record<string, string>) =>
      call('/api/auth/two-factor/verify-totp', { method: 'POST', json: { code } }),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['me'] }), refetchSessions(queries)]);
      say('Two-factor sign-in is on');
      onClose();
    },
  });
  const secrets = enable.data;
  return (
    <Dialog title="Turn on two-factor sign-in" onClose={onClose}>
      {secrets ? (
        <form className="grid gap-5" onSubmit={(event) => verify.mutate(readForm(event))}>
          <div className="grid justify-items-center gap-3">
            <p>Scan this with your authenticator:</p>
            <QrCode text={secrets.totpURI} />
            <p className="text-soft text-xs">
              or type the secret:{' '}
              <code data-testid="totp-secret" className="break-all font-mono text-ink">
                {new URL(secrets.totpURI).searchParams.get('secret')}
              </code>
            </p>
          </div>
          <RecoveryCodes codes={secrets.backupCodes} />
          <Field
            label="The code that it shows now"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="\d{6}"
            maxLength={6}
            required
          />
          {verify.error && <Failed error={verify.error} />}
          <div className="flex justify-end">
            <Button type="submit" look="primary" isBusy={verify.isPending}>
              Turn it on
            </Button>
          </div>
        </form>
      ) : (
        <PasswordForm
          verb="Go on"
          isBusy={enable.isPending}
          error={enable.error}
          onPassword={(password) => enable.mutate(password)}
        />
      )}
    </Dialog>
  );
}

function DisableDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const say = useToast();
  const disable = useMutation({
    mutationFn: (password: string) => call('/api/auth/two-factor/disable', { method: 'POST', json: { password } }),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['me'] }), refetchSessions(queries)]);
      say('Two-factor sign-in is off');
      onClose();
    },
  });
  return (
    <Dialog title="Turn off two-factor sign-in" onClose={onClose}>
      <PasswordForm
        verb="Turn it off"
        isBusy={disable.isPending}
        error={disable.error}
        onPassword={(password) => disable.mutate(password)}
      />
    </Dialog>
  );
}

function CodesDialog({ onClose }: { onClose: () => void }) {
  const make = useMutation({
    mutationFn: (password: string) =>
      call<{ backupCodes: string[] }>('/api/auth/two-factor/generate-backup-codes', {
        method: 'POST',
        json: { password },
      }),
  });
  return (
    <Dialog title="New recovery codes" onClose={onClose}>
      {make.data ? (
        <RecoveryCodes codes={make.data.backupCodes} />
      ) : (
        <PasswordForm
          verb="Make new codes"
          isBusy={make.isPending}
          error={make.error}
          onPassword={(password) => make.mutate(password)}
        />
      )}
    </Dialog>
  );
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <div className="grid gap-3">
      <Note tone="warn">
        Keep these recovery codes away from your phone. Each lets you in once; older ones are void.
      </Note>
      <ul
        data-testid="recovery-codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-md bg-sunken p-4 font-mono text-sm"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div>
        <CopyButton text={codes.join('\n')} label="Copy the codes" />
      </div>
    </div>
  );
}

/** Dark on light in both themes: not every camera reads the inverse. */
function QrCode({ text }: { text: string }) {
  const { size, path } = useMemo(() => {
    const code = qrcode(0, 'M');
    code.addData(text);
    code.make();
    const size = code.getModuleCount();
    const cells = Array.from({ length: size * size }, (_, index) => [index % size, Math.floor(index / size)] as const);
    const dark = cells.filter(([x, y]) => code.isDark(y, x));
    return { size, path: dark.map(([x, y]) => `M${x} ${y}h1v1h-1z`).join('') };
  }, [text]);
  return (
    <svg viewBox={`-3 -3 ${size + 6} ${size + 6}`} className="size-52 rounded-md" role="img" aria-label="QR code">
      <path d={`M-3-3h${size + 6}v${size + 6}h-${size + 6}z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
