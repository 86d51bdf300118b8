/** A message to try a receiver with. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Section } from './section.tsx';
import { useToast } from './toast.tsx';

export function WebhookTest() {
  const [url, setUrl] = useState('');
  const queries = useQueryClient();
  const say = useToast();
  const send = useMutation({
    mutationFn: () => call('/api/webhook-tests', { method: 'POST', json: { url: url.trim() } }),
    onSuccess: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: ['deliveries'] }),
        queries.invalidateQueries({ queryKey: ['webhook-secrets'] }),
      ]);
      say('The test is on its way');
    },
  });
  return (
    <Section title="Try your receiver" lead="Sends a webhook.test, signed like any other.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <Field
          label="URL of your server"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          placeholder="https://example.com/hooks/remuvr"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          required
          error={send.error?.message}
        />
        <div>
          <Button type="submit" isBusy={send.isPending}>
            Send a test
          </Button>
        </div>
      </form>
    </Section>
  );
}
