/** What a pasted id or a typed name leads to. */
import type { SpotlightActionGroupData } from "@mantine/spotlight";
import { useDebouncedValue } from "@mantine/hooks";
import { answer } from "@openreg/ui/api";
import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";
import { shellMessages as text } from "./messages";

type Found = Schema<"FoundAnswer">;

const TYPING_MS = 200;
const SHORTEST_QUERY = 2;

export function useFound(query: string): SpotlightActionGroupData {
  const router = useRouter();
  const [wanted] = useDebouncedValue(query.trim(), TYPING_MS);
  const found = useQuery({
    queryKey: ["search", wanted],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/search", { params: { query: { q: wanted } }, signal })),
    enabled: wanted.length >= SHORTEST_QUERY,
  });
  return {
    group: text.paletteFound,
    actions: (found.data?.items ?? []).map((item) => ({
      id: item.id,
      label: item.label,
      description: text.foundKinds[item.kind],
      // The server has matched it already, perhaps by an id that the label does not show.
      keywords: [query],
      leftSection: <IconArrowRight size={16} aria-hidden />,
      onClick: () => router.history.push(pathOf(item)),
    })),
  };
}

/** The page on which something is shown: its own, else that of what it belongs to. */
function pathOf({ kind, id, parent_id }: Found): string {
  switch (kind) {
    case "report":
      return `/reports/${id}`;
    case "report_version":
      return `/reports/${parent_id}/versions/${id}`;
    case "run":
      return `/runs/${id}`;
    case "exception":
      return `/exceptions/${id}`;
    case "artifact":
      return `/runs/${parent_id}`;
    case "delivery":
      return `/deliveries/${id}`;
    case "connector":
      return `/connectors/${id}`;
    case "destination":
      return `/destinations/${id}`;
    case "webhook":
      return `/webhook-endpoints/${id}`;
  }
}
