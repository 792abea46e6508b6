/** The frame around every page: top bar, navigation, palette, shortcuts. */
import { AppShell, Burger, Group, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useIsFetching } from "@tanstack/react-query";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMe } from "@/features/account/api";
import { NoticeBell } from "@/features/notices/NoticeBell";
import { Banners } from "./Banners";
import { IdleGuard } from "./IdleGuard";
import { shellMessages as text } from "./messages";
import { navigationFor } from "./navigation";
import { Palette, PaletteButton } from "./Palette";
import { ShortcutHelp } from "./ShortcutHelp";
import { SideBar } from "./SideBar";
import styles from "./shell.module.css";
import { TenantSwitch } from "./TenantSwitch";
import { ThemeSwitch } from "./ThemeSwitch";
import { UserMenu } from "./UserMenu";

const MAIN = "main";

export function AppFrame() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isNavigating = useRouterState({ select: (state) => state.isLoading });
  const isLoading = useIsFetching() > 0 || isNavigating;
  const me = useMe();
  const groups = navigationFor(me?.permissions ?? []);
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
            {text.product}
          </Title>
          {me && <TenantSwitch me={me} />}
        </Group>
        <Group gap="xs" wrap="nowrap">
          <PaletteButton />
          <NoticeBell />
          <ThemeSwitch />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={styles.navbar} aria-label={text.navigation}>
        <SideBar groups={groups} />
      </AppShell.Navbar>
      <AppShell.Main id={MAIN} tabIndex={-1} data-loading={isLoading} className={styles.main}>
        {me && <Banners me={me} />}
        <Outlet />
      </AppShell.Main>
      <Palette groups={groups} />
      <ShortcutHelp groups={groups} />
      {me && <IdleGuard idleMinutes={me.tenant.idle_minutes} />}
    </AppShell>
  );
}
