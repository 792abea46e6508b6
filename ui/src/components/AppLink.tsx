/** Links that lead to a page, with typed routes; one looks like a button. Both open in another tab and are copied. */
import { Anchor, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

export const AppLink = createLink(Anchor<"a">);

type AnchorButtonProps = ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>;

/** Without the name of the element, a button of the theme is a `button`: nothing to open elsewhere, no address to copy. */
function AnchorButton(props: AnchorButtonProps) {
  return <Button component="a" {...props} />;
}

export const LinkButton = createLink(AnchorButton);
