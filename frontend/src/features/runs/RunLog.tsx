/** The log of a run: what it told, filtered by what stands in the URL. */
import { Button } from "@mantine/core";
import { asText, lineOfHash, LogViewer } from "@openreg/ui";
import { saveFile } from "@openreg/ui/api";
import { getRouteApi, useRouterState } from "@tanstack/react-router";
import { useMemo } from "react";
import { runMessages } from "./messages";
import { logLines, type RunEvents } from "./runEvents";

const route = getRouteApi("/_app/runs/$runId");
const text = runMessages.log;

export function RunLog({ runId, events, isLive }: { runId: string; events: RunEvents; isLive: boolean }) {
  const { q, level } = route.useSearch();
  const navigate = route.useNavigate();
  const hash = useRouterState({ select: (state) => state.location.hash });
  const lines = useMemo(() => logLines(events), [events]);
  const filter = useMemo(() => ({ text: q, level }), [q, level]);
  return (
    <LogViewer
      lines={lines}
      label={text.label}
      filter={filter}
      onFilter={(next) =>
        void navigate({
          search: (previous) => ({ ...previous, q: next.text, level: next.level }),
          hash: true,
          replace: true,
        })
      }
      marked={lineOfHash(hash)}
      isLive={isLive}
      actions={
        <Button
          variant="default"
          disabled={lines.length === 0}
          onClick={() => saveFile(new Blob([asText(lines)], { type: "text/plain" }), text.fileName(runId))}
        >
          {text.download}
        </Button>
      }
    />
  );
}
