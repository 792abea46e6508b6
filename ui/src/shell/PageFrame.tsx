/** The frame around the pages of people who are signed in: top bar, navigation, content. */
import { AppShell, Burger, Group, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useIsFetching } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import { uiMessages as text } from "../messages";
import type { NavigationGroup } from "./navigation";
import styles from "./shell.module.css";
import { SideBar } from "./SideBar";
import { ThemeSwitch } from "./ThemeSwitch";

const MAIN = "main";

interface PageFrameProps {
  product: string;
  groups: NavigationGroup[];
  /** Beside the product: whose pages these are. */
  whose?: ReactNode;
  /** At the far end of the top bar, before the switch of colours; `menu` stands after it. */
  tools?: ReactNode;
  menu: ReactNode;
  children: ReactNode;
}

export function PageFrame({ product, groups, whose, tools, menu, children }: PageFrameProps) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isNavigating = useRouterState({ select: (state) => state.isLoading });
  const isLoading = useIsFetching() > 0 || isNavigating;
  // On a narrow screen the navigation lies over the page that one has just chosen.
  useEffect(() => close(), [path, close]);

  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className={styles.skip} href={`#${MAIN}`}>
        {text.skip}
      </a>
      <AppShell.Header className={styles.header}>
        <Group gap="sm" wrap="nowrap">
          <Burger
            hiddenFrom="sm"
            size="sm"
            opened={isOpen}
            onClick={toggle}
            aria-label={isOpen ? text.closeNavigation : text.openNavigation}
          />
          <Title order={1} className={styles.product}>
            {product}
          </Title>
          {whose}
        </Group>
        <Group gap="xs" wrap="nowrap">
          {tools}
          <ThemeSwitch />
          {menu}
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={styles.navbar} aria-label={text.navigation}>
        <SideBar groups={groups} />
      </AppShell.Navbar>
      <AppShell.Main id={MAIN} tabIndex={-1} data-loading={isLoading} className={styles.main}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
