import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { isSignedOut, session } from '../api.ts';
import { Fault } from '../parts/page.tsx';
import { Shell } from '../parts/shell.tsx';
import { SignIn } from './sign-in.tsx';

/** Every page, for who may see it; for others the sign-in, at the same URL, so that it leads on by itself. */
export function Root() {
  const { data, error, refetch } = useQuery(session);
  if (data !== undefined) {
    return (
      <Shell session={data}>
        <Outlet />
      </Shell>
    );
  }
  if (isSignedOut(error)) return <SignIn />;
  return (
    <Center mih="100vh" p="md">
      {error === null ? <Loader aria-label="Loading" /> : <Fault error={error} onRetry={() => void refetch()} />}
    </Center>
  );
}
