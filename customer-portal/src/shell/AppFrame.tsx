/** The frame around every page of somebody who is signed in. */
import { ActionIcon, Menu, Text } from "@mantine/core";
import { PageFrame } from "@openreg/ui";
import { IconLogout, IconSettings, IconUser } from "@tabler/icons-react";
import { Outlet, useRouter } from "@tanstack/react-router";
import { session } from "@/api/client";
import { useAccount } from "@/features/account/api";
import { shellMessages as text } from "./messages";
import { navigationFor } from "./navigation";
import { PlanBanner } from "./PlanBanner";

export function AppFrame() {
  const account = useAccount();
  return (
    <PageFrame
      product={text.product}
      groups={[{ label: "", entries: navigationFor(account?.rights ?? []) }]}
      whose={
        <Text c="dimmed" truncate="end" maw={220} visibleFrom="xs">
          {account?.company}
        </Text>
      }
      menu={<UserMenu email={account?.email ?? ""} />}
    >
      <PlanBanner />
      <Outlet />
    </PageFrame>
  );
}

function UserMenu({ email }: { email: string }) {
  const router = useRouter();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={text.userMenu}>
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{email}</Menu.Label>
        <Menu.Item
          leftSection={<IconSettings size={16} aria-hidden />}
          onClick={() => void router.navigate({ to: "/account" })}
        >
          {text.account}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => void session.end("logout")}
        >
          {text.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
