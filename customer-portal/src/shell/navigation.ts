/** Every page of the navigation. */
import type { NavigationEntry } from "@openreg/ui";
import {
  IconBook2,
  IconChartBar,
  IconFileInvoice,
  IconKey,
  IconLayoutDashboard,
  IconSettings,
  IconTag,
  IconUsers,
} from "@tabler/icons-react";
import type { Schema } from "@/api/types";
import { shellMessages } from "./messages";

type Right = Schema<"CustomerRight">;

const { pages } = shellMessages;

const everything: (NavigationEntry & { permission?: Right })[] = [
  { label: pages.overview, to: "/", icon: IconLayoutDashboard },
  { label: pages.keys, to: "/keys", icon: IconKey, permission: "keys:read" },
  { label: pages.usage, to: "/usage", icon: IconChartBar, permission: "usage:read" },
  { label: pages.reference, to: "/reference", icon: IconBook2 },
  { label: pages.plan, to: "/plan", icon: IconTag, permission: "billing:read" },
  { label: pages.billing, to: "/billing", icon: IconFileInvoice, permission: "billing:read" },
  { label: pages.team, to: "/team", icon: IconUsers, permission: "team:read" },
  { label: pages.account, to: "/account", icon: IconSettings },
];

/** What somebody with these rights sees. */
export function navigationFor(rights: readonly Right[]): NavigationEntry[] {
  return everything.filter(({ permission }) => permission === undefined || rights.includes(permission));
}
