import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Rest = Omit<ComponentPropsWithRef<'a'>, 'color' | 'style' | 'href'>;

/** Mantine's, that lead to pages of the dashboard. */
export const To = createLink((props: AnchorProps & Rest) => <Anchor {...props} />);
export const ButtonTo = createLink((props: ButtonProps & Rest) => <Button component="a" {...props} />);
export const NavTo = createLink((props: NavLinkProps & Rest) => <NavLink {...props} />);

/** A URL that somebody wrote, as a link only where a browser would do nothing but go there. */
export function OutLink({ url }: { readonly url: string }) {
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') return <span>{url}</span>;
  return (
    <Anchor href={url} target="_blank" rel="noopener noreferrer nofollow" style={{ overflowWrap: 'anywhere' }}>
      {url}
    </Anchor>
  );
}
