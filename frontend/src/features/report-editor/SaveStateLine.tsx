/** Whether what one sees is kept: saved, saving, not saved. */
import { Button, Group, Popover, Text } from "@mantine/core";
import { asProblem, StatusBadge, type StatusTone } from "@openreg/ui";
import type { DraftKeeper, SaveState, Snapshot } from "./draftKeeper";
import { editorMessages } from "./messages";

const text = editorMessages.save;
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const TONES: Record<SaveState["kind"], StatusTone> = {
  saved: "success",
  waiting: "neutral",
  saving: "running",
  failed: "failed",
  signed_out: "failed",
  conflict: "warning",
};

export function SaveStateLine({ keeper, snapshot }: { keeper: DraftKeeper; snapshot: Snapshot }) {
  const { state, stored } = snapshot;
  return (
    <Group gap="xs" role="status">
      <StatusBadge tone={TONES[state.kind]}>{wordFor(state, stored.savedAt)}</StatusBadge>
      {state.kind === "failed" && (
        <>
          <Why problem={state.problem} />
          <Button variant="subtle" onClick={() => void keeper.flush()}>
            {text.again}
          </Button>
        </>
      )}
    </Group>
  );
}

function wordFor(state: SaveState, savedAt: string | null): string {
  if (state.kind === "saved") return savedAt ? text.saved(time.format(new Date(savedAt))) : text.unchanged;
  if (state.kind === "signed_out") return text.signedOut;
  return text[state.kind];
}

function Why({ problem }: { problem: unknown }) {
  const { title, message, fix } = asProblem(problem);
  return (
    <Popover width={320} withArrow>
      <Popover.Target>
        <Button variant="subtle">{text.why}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text fw={600}>{title}</Text>
        <Text size="sm">
          {message} {fix}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

/** 12:03, in the reader's zone. */
export function clock(iso: string): string {
  return time.format(new Date(iso));
}
