import { TabLink, TabLinks } from "@openreg/ui";
import { useMay } from "@/features/account/api";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";
import { RUN_TABS, type RunTab } from "./tabs";

const text = runMessages.tabs;

function countOf({ counts }: RunDetail, tab: RunTab): number | undefined {
  if (tab === "exceptions") return counts.set_aside;
  return tab === "decisions" ? counts.excluded + counts.held : undefined;
}

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
          count={countOf(run, tab)}
        >
          {text[tab]}
        </TabLink>
      ))}
    </TabLinks>
  );
}
