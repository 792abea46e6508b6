/** Links and buttons that lead to a page, with typed routes and the look of the theme. */
import { Anchor, Button } from "@mantine/core";
import { createLink } from "@tanstack/react-router";

export const AppLink = createLink(Anchor<"a">);
export const LinkButton = createLink(Button<"a">);
