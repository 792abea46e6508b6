/** Every page of the navigation, once: the side bar, the palette and the shortcuts read this. */
import type { NavigationGroup } from "@openreg/ui";
import {
  IconAdjustments,
  IconAlertTriangle,
  IconArrowsDiff,
  IconBolt,
  IconArrowsExchange,
  IconBook,
  IconBuildingCommunity,
  IconBuildingStore,
  IconChartLine,
  IconClockExclamation,
  IconClockPause,
  IconCalendar,
  IconCalendarTime,
  IconHeartbeat,
  IconChecklist,
  IconFileText,
  IconGavel,
  IconScale,
  IconStack2,
  IconHistory,
  IconKey,
  IconMail,
  IconMessageReply,
  IconPlayerPlay,
  IconShieldCheck,
  IconSpeakerphone,
  IconTicket,
  IconUsers,
  IconDatabase,
  IconLayoutDashboard,
  IconSend,
  IconFileCertificate,
  IconFileSearch,
  IconSitemap,
  IconTable,
  IconTruckDelivery,
  IconWebhook,
} from "@tabler/icons-react";
import { shellMessages } from "./messages";

const { groups, pages } = shellMessages;

const everything: NavigationGroup[] = [
  {
    label: groups.operate,
    entries: [
      { label: pages.dashboard, to: "/", icon: IconLayoutDashboard, key: "d" },
      { label: pages.runs, to: "/runs", icon: IconPlayerPlay, permission: "runs:read", key: "u" },
      {
        label: pages.exceptions,
        to: "/exceptions",
        icon: IconAlertTriangle,
        permission: "exceptions:read",
        key: "e",
      },
      { label: pages.heldRecords, to: "/held-records", icon: IconClockPause, permission: "exceptions:read" },
      {
        label: pages.submissions,
        to: "/submissions",
        icon: IconFileCertificate,
        permission: "submissions:read",
      },
      { label: pages.feedback, to: "/feedback", icon: IconMessageReply, permission: "feedback:read" },
      {
        label: pages.errorRegister,
        to: "/error-register",
        icon: IconBook,
        permission: "error_register:read",
      },
      { label: pages.deadlines, to: "/deadlines", icon: IconClockExclamation, permission: "schedules:read" },
      {
        label: pages.transactions,
        to: "/transactions",
        icon: IconFileSearch,
        permission: "submissions:read",
      },
      {
        label: pages.reconciliations,
        to: "/reconciliations",
        icon: IconArrowsDiff,
        permission: "reconciliations:read",
      },
      { label: pages.quality, to: "/quality", icon: IconChartLine, permission: "quality:read" },
    ],
  },
  {
    label: groups.build,
    entries: [
      { label: pages.reports, to: "/reports", icon: IconFileText, permission: "reports:read", key: "r" },
      { label: pages.approvals, to: "/approvals", icon: IconChecklist, permission: "reports:read", key: "a" },
      { label: pages.rules, to: "/rules", icon: IconGavel, permission: "rules:read" },
      { label: pages.ruleSets, to: "/rule-sets", icon: IconStack2, permission: "rules:read" },
      { label: pages.officialTexts, to: "/official-texts", icon: IconScale, permission: "rules:read" },
      {
        label: pages.connectors,
        to: "/connectors",
        icon: IconDatabase,
        permission: "connectors:read",
        key: "c",
      },
      { label: pages.datasets, to: "/datasets", icon: IconTable, permission: "datasets:read" },
      {
        label: pages.mappingSets,
        to: "/mapping-sets",
        icon: IconArrowsExchange,
        permission: "mapping_sets:read",
      },
      { label: pages.schemas, to: "/schema-packages", icon: IconSitemap, permission: "schemas:read" },
      { label: pages.calendars, to: "/calendars", icon: IconCalendar, permission: "calendars:read" },
    ],
  },
  {
    label: groups.deliver,
    entries: [
      {
        label: pages.schedules,
        to: "/schedules",
        icon: IconCalendarTime,
        permission: "schedules:read",
        key: "s",
      },
      { label: pages.triggers, to: "/triggers", icon: IconBolt, permission: "schedules:read" },
      { label: pages.destinations, to: "/destinations", icon: IconSend, permission: "destinations:read" },
      {
        label: pages.deliveries,
        to: "/deliveries",
        icon: IconTruckDelivery,
        permission: "destinations:read",
      },
      { label: pages.webhooks, to: "/webhook-endpoints", icon: IconWebhook, permission: "webhooks:read" },
    ],
  },
  {
    label: groups.publish,
    entries: [
      {
        label: pages.publications,
        to: "/publications",
        icon: IconSpeakerphone,
        permission: "publications:read",
      },
      { label: pages.customers, to: "/customers", icon: IconBuildingStore, permission: "customers:read" },
      { label: pages.plans, to: "/plans", icon: IconTicket, permission: "customers:read" },
    ],
  },
  {
    label: groups.admin,
    entries: [
      { label: pages.users, to: "/users", icon: IconUsers, permission: "users:read" },
      { label: pages.roles, to: "/roles", icon: IconShieldCheck, permission: "roles:read" },
      { label: pages.serviceKeys, to: "/service-keys", icon: IconKey, permission: "service_keys:read" },
      { label: pages.audit, to: "/audit", icon: IconHistory, permission: "audit:read" },
      { label: pages.settings, to: "/settings", icon: IconAdjustments, permission: "tenant_settings:read" },
      { label: pages.health, to: "/system-health", icon: IconHeartbeat, permission: "system:read" },
      { label: pages.mail, to: "/mail-outbox", icon: IconMail, permission: "mail_outbox:read" },
      { label: pages.tenants, to: "/tenants", icon: IconBuildingCommunity, permission: "tenants:read" },
    ],
  },
];

/** What somebody with these permissions gets to see. */
export function navigationFor(permissions: readonly string[]): NavigationGroup[] {
  return everything
    .map((group) => ({
      ...group,
      entries: group.entries.filter((entry) => !entry.permission || permissions.includes(entry.permission)),
    }))
    .filter((group) => group.entries.length > 0);
}
