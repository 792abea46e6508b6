import { TabLink, TabLinks } from "@openreg/ui";
import { useMay } from "@/features/account/api";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";

export const RUN_TABS = [
  "overview",
  "log",
  "findings",
  "exceptions",
  "files",
  "deliveries",
  "parameters",
] as const;
export type RunTab = (typeof RUN_TABS)[number];

const text = runMessages.tabs;

export function RunTabs({ run, current }: { run: RunDetail; current: RunTab }) {
  const maySeeDeliveries = useMay("destinations:read");
  return (
    <TabLinks label={text.label}>
      {RUN_TABS.filter((tab) => tab !== "deliveries" || maySeeDeliveries).map((tab) => (
        <TabLink
          key={tab}
          from="/runs/$runId"
          to="/runs/$runId"
          search={{ tab: tab === "overview" ? undefined : tab }}
          replace
          isCurrent={tab === current}
          count={tab === "exceptions" ? run.counts.set_aside : undefined}
        >
          {text[tab]}
        </TabLink>
      ))}
    </TabLinks>
  );
}
