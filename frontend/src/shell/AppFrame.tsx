/** The frame around every page: top bar, navigation, palette, shortcuts. */
import { PageFrame } from "@openreg/ui";
import { Outlet } from "@tanstack/react-router";
import { useMe } from "@/features/account/api";
import { NoticeBell } from "@/features/notices/NoticeBell";
import { Banners } from "./Banners";
import { IdleGuard } from "./IdleGuard";
import { shellMessages as text } from "./messages";
import { navigationFor } from "./navigation";
import { Palette, PaletteButton } from "./Palette";
import { ShortcutHelp } from "./ShortcutHelp";
import { TenantSwitch } from "./TenantSwitch";
import { UserMenu } from "./UserMenu";

export function AppFrame() {
  const me = useMe();
  const groups = navigationFor(me?.permissions ?? []);

  return (
    <>
      <PageFrame
        product={text.product}
        groups={groups}
        whose={me && <TenantSwitch me={me} />}
        tools={
          <>
            <PaletteButton />
            <NoticeBell />
          </>
        }
        menu={<UserMenu />}
      >
        {me && <Banners me={me} />}
        <Outlet />
      </PageFrame>
      <Palette groups={groups} />
      <ShortcutHelp groups={groups} />
      {me && <IdleGuard idleMinutes={me.tenant.idle_minutes} />}
    </>
  );
}
