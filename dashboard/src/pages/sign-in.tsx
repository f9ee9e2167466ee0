import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, client, forgetAnswers, messageOf, queries, session } from '../api.ts';

/** Begins a session with an API token, which the page does not keep. */
export function SignIn() {
  const [token, setToken] = useState('');
  useEffect(() => {
    document.title = 'Sign in · Sluice';
  }, []);
  const signIn = useMutation({
    mutationFn: async () => client.beginSession({ body: { token: token.trim() } }),
    onSuccess: (begun) => {
      forgetAnswers();
      queries.setQueryData(session.queryKey, begun);
    },
  });
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w={420} maw="100%">
        <form
          onSubmit={(submitted) => {
            submitted.preventDefault();
            signIn.mutate();
          }}
        >
          <Stack>
            <div>
              <Title order={1} size="h3">
                Sign in to Sluice
              </Title>
              <Text size="sm" c="var(--quiet)">
                With an API token. The first one is in the file <code>admin.token</code> of the data folder, or is what{' '}
                <code>admin.token</code> in the configuration says.
              </Text>
            </div>
            <PasswordInput
              label="API token"
              value={token}
              onChange={({ currentTarget }) => {
                setToken(currentTarget.value);
              }}
              error={signIn.error === null ? null : problemOf(signIn.error)}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
              data-autofocus
              autoFocus
              required
            />
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

/** What the API says to whoever brings no token would send somebody who did in a circle. */
function problemOf(error: Error): string {
  const isUnknown = error instanceof ApiError && error.code === 'api_token_required';
  return isUnknown ? 'No token of this Sluice is like that; it may have been revoked.' : messageOf(error);
}
